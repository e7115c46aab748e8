import type { FileSpec } from '../contents.ts';
import type { WaitFor } from './wait-for.ts';
import type { IssuerReference, KeySpec, PodReference, Verification, Wanted } from '../wanted.ts';

/** All that a pod asks of one volume, parsed and complete: defaults filled in, variables expanded. */
export interface VolumeSpec {
  readonly pod: PodReference;
  readonly issuer: IssuerReference;
  readonly wanted: Wanted;
  readonly key: KeySpec;
  readonly verification: Verification;
  readonly files: FileSpec;
  /** What is copied to the request object, as given. */
  readonly annotations: Readonly<Record<string, string>>;
  /** How long before its end a certificate is renewed; absent: a third of its life. */
  readonly renewBeforeMs?: number;
  /** What the request says of its SELinux label, which goes before the driver's own. */
  readonly selinuxLabel?: string;
  readonly reusePrivateKey: boolean;
  /** What the pod starts for before its certificate is there. */
  readonly waitFor?: WaitFor;
  /** A variable stands for something that only the pod's object says; what depends on it is missing until that is seen. */
  readonly needsPod: boolean;
  /** Attributes accepted though nobody here knows them: worth a warning, as a newer csi-driver may know them. */
  readonly unknownAttributes: readonly string[];
}
