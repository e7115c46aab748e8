/*
 * What is seen of a volume, and of the ground that all volumes stand on, by whoever asks. Nothing of it is kept, and nothing of it can
 * carry a key.
 */

/** What a pod sees of its volume. Each part is read from the volume when it is asked for. */
export interface VolumeView {
  /** Alternative names of the certificate in the volume, or those asked for while there is none: `DNS:web`, `IP:10.0.0.1`, `URI:spiffe://…`. */
  names(): readonly string[];
  /** By name; none until there is a certificate. */
  files(): readonly FileView[];
  /** Leaf first; none until there is one that can be read. */
  chain(): readonly CertificateView[];
}

/** A file as the pod sees it, without what it holds. */
export interface FileView {
  readonly name: string;
  readonly sizeBytes: number;
  /** Permission bits, such as 0o440. */
  readonly mode: number;
}

/** A certificate, without the certificate. */
export interface CertificateView {
  /** RFC 4514. */
  readonly subject: string;
  readonly issuer: string;
  /** Lower-case hex. */
  readonly serial: string;
  readonly names: readonly string[];
  readonly notBeforeAt: Date;
  readonly notAfterAt: Date;
  /** `RSA 2048`, `ECDSA P-256`, `Ed25519`. */
  readonly key: string;
  /** SHA-256 of its DER in lower-case hex. */
  readonly fingerprint: string;
}

/** What a volume's file system holds, and that of every other thing with a limit, as statfs(2) has it; all of it at most 2^53. */
export interface Usage {
  readonly total: number;
  readonly used: number;
  readonly available: number;
}

/** Where volumes live and where they go, as the mount table has it at this moment. */
export interface Ground {
  readonly dataRoot: string;
  /** Those of the data root and kubelet's folders of pods on which what is mounted would not appear on the host. */
  readonly unshared: readonly string[];
  /** Whether the keys of all volumes are on a tmpfs of ours, and whether the kernel may write that out to swap; absent where none is mounted. */
  readonly state?: { readonly path: string; readonly isSwappable: boolean };
}
