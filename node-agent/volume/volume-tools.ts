import type { Clock } from '../clock.ts';
import type { KeySource } from '../issuance/keys.ts';
import type { IssuerRegistry } from '../issuers/registry.ts';
import type { Disk, Journal, Pods } from '../ports.ts';
import type { ReadinessGate } from '../readiness-gate.ts';
import type { Agenda } from '../schedule/agenda.ts';
import type { Changes } from './changes.ts';

/** What all volumes of a node share. */
export interface VolumeTools {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly journal: Journal;
  readonly agenda: Agenda;
  readonly changes: Changes;
  readonly keys: KeySource;
  readonly issuers: IssuerRegistry;
  /** What volumes are labelled where SELinux is on; absent: what the policy gives a new tmpfs. */
  readonly selinuxLabel?: string;
  readonly nodeName: string;
  /** Absent: there is no Kubernetes API to ask. */
  readonly pods?: Pods;
  /** What every pod of the node must have before a certificate is asked for; it starts before that. */
  readonly gates: readonly ReadinessGate[];
  /** Uniform in [0, 1). */
  readonly random: () => number;
}
