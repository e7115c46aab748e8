import type { Failing, Health, VolumeStatus, Waiting } from '../../node-agent/ports.ts';
import type { IssuerReference, PodReference } from '../../node-agent/wanted.ts';

/*
 * What the admin listener of a node's driver says: JSON, UTF-8, instants as RFC 3339 in UTC. `cli/` reads it; nothing here can carry a key,
 * a token or a password.
 *
 *   GET  /v1/volumes                     NodeAnswer
 *   GET  /v1/volumes/<volume id>         VolumeAnswer; 404 with Refusal for an unknown one
 *   POST /v1/volumes/<volume id>/renew   202 with RenewalAnswer; 404 as above, 409 for one that has no certificate to renew
 *   GET  /v1/checks                      ChecksAnswer
 *   GET  /                               the status page, HTML
 *
 * A POST needs the header `podcert-admin: 1`, which no web page can send across origins without being asked first, and every request a
 * Host of this machine's loopback (a name that DNS was made to give for 127.0.0.1 is refused).
 */

/** An instant as RFC 3339 has it, in UTC with milliseconds: `2026-03-01T10:00:00.000Z`. */
export type Instant = string;

/** What a node's driver knows of itself and of every volume. */
export interface NodeAnswer {
  /** The form of these answers; a field that is added does not change it. */
  readonly apiVersion: 1;
  readonly driver: DriverAnswer;
  readonly nowAt: Instant;
  readonly volumes: readonly VolumeSummary[];
}

/** The driver process. */
export interface DriverAnswer {
  readonly version: string;
  readonly driverName: string;
  readonly nodeId: string;
  readonly startedAt: Instant;
}

/** One line of a list. What is not known yet, or at all, is absent. */
export interface VolumeSummary {
  readonly volumeId: string;
  /** As the pod's spec names it. */
  readonly volume: string;
  readonly state: VolumeStatus['state'];
  readonly health: Health;
  readonly pod?: PodReference;
  readonly issuer?: IssuerReference;
  /** Subject alternative names of the certificate in the volume, or those asked for while there is none: `DNS:web`, `IP:10.0.0.1`, `URI:spiffe://…`. */
  readonly names: readonly string[];
  readonly receivedAt?: Instant;
  readonly notAfterAt?: Instant;
  readonly renewAt?: Instant;
  readonly generation?: number;
  /** A renewal by a new key was asked for, and what is in the volume is by the old one still. Never false. */
  readonly isNewKeyAwaited?: true;
  readonly waiting?: Waiting;
  readonly failing?: Omit<Failing, 'sinceAt'> & { readonly sinceAt: Instant };
}

/** All of one volume. */
export interface VolumeAnswer extends VolumeSummary {
  readonly targetPath: string;
  /** What the pod sees, by name; empty until there is a certificate. */
  readonly files: readonly FileAnswer[];
  /** Leaf first, as it is in the volume; empty until there is one. */
  readonly chain: readonly CertificateAnswer[];
  /** The last things that happened to it, oldest first; at most 20, and those of this process alone. */
  readonly history: readonly HistoryEntry[];
}

export interface FileAnswer {
  readonly name: string;
  readonly sizeBytes: number;
  /** Permission bits in octal, four digits: `0440`. */
  readonly mode: string;
}

/** A certificate, without the certificate. */
export interface CertificateAnswer {
  /** RFC 4514. */
  readonly subject: string;
  readonly issuer: string;
  /** Lower-case hex without a prefix. */
  readonly serial: string;
  readonly names: readonly string[];
  readonly notBeforeAt: Instant;
  readonly notAfterAt: Instant;
  /** `RSA 2048`, `ECDSA P-256`, `Ed25519`. */
  readonly key: string;
  /** SHA-256 of its DER in lower-case hex. */
  readonly fingerprint: string;
}

/** One thing that happened, in the words of the log. */
export interface HistoryEntry {
  readonly at: Instant;
  /** The kind of `AgentEvent`. */
  readonly kind: string;
  readonly message: string;
  readonly isTrouble: boolean;
}

/**
 * A renewal that is due now, and what it begins from. It was made once the summary has another `receivedAt` and no `isNewKeyAwaited`; files
 * that are written again change the `generation` too. An attempt failed once the summary has more failures.
 */
export interface RenewalAnswer {
  readonly volumeId: string;
  readonly generation: number;
  readonly receivedAt: Instant;
  /** In a row. */
  readonly failures: number;
}

/** What only the node can judge. */
export interface ChecksAnswer {
  readonly driver: DriverAnswer;
  readonly checks: readonly CheckAnswer[];
}

export interface CheckAnswer {
  /** `registration`, `mount-propagation`, `api`, `clock`, … */
  readonly name: string;
  readonly outcome: 'ok' | 'warning' | 'failed' | 'unknown';
  /** What was found, in one sentence. */
  readonly finding: string;
  /** What to do about it; absent where all is well. */
  readonly cure?: string;
}

/** Why a request was not served. */
export interface Refusal {
  readonly error: string;
}
