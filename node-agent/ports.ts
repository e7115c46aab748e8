import type { Issued } from './contents.ts';
import type { Problem } from './errors.ts';
import type { AgentEvent, Failure } from './events.ts';
import type { PodFacts } from './pod-facts.ts';
import type { SelinuxLabel } from './selinux-label.ts';
import type { VolumeId } from './volume-id.ts';
import type { Ground, Usage, VolumeView } from './volume-view.ts';
import type { AskedOfIssuer, IssuerReference, PodReference, Wanted } from './wanted.ts';

/** All that the driver sees of the agent. */
export interface Agent {
  /** Sweeps what was not delivered and resumes what was; ends before `csi.sock` opens. */
  start(signal: AbortSignal): Promise<void>;
  /**
   * Resolves once key and certificate are in the volume and match. The signal ends this call's waiting, not the issuance.
   * @throws {AgentError} with any code but `misconfigured`.
   */
  publish(request: PublishRequest, signal: AbortSignal): Promise<void>;
  /** Resolves once nothing of the volume is left; also for an unknown volume, and the second time. */
  unpublish(volumeId: string, targetPath: string, signal: AbortSignal): Promise<void>;
  /** Makes the volume's next renewal due now, and its key a new one whatever its pod says of keys; does nothing for an unknown volume. */
  renew(volumeId: VolumeId): void;
  /** Pulled by stats and gauges, so that series die with their volumes. */
  volumes(): Iterable<VolumeStatus>;
  /** Undefined, as the next, for a volume that nobody knows. */
  volume(volumeId: string): VolumeStatus | undefined;
  view(volumeId: string): VolumeView | undefined;
  ground(): Promise<Ground>;
  /** @throws {AgentError} `invalid-request`; `volume-unknown` also where the volume is not published at the path. */
  stats(volumeId: string, volumePath: string): Promise<VolumeStats>;
  /** @throws {AgentError} `invalid-request`, `volume-unknown`. */
  health(volumeId: string): Health;
  /** Ends issuances and timers; leaves every mount alone. */
  close(): Promise<void>;
}

/** A NodePublishVolume call as the driver translated it: untrusted, the agent judges. */
export interface PublishRequest {
  readonly volumeId: string;
  readonly targetPath: string;
  readonly readOnly: boolean;
  /** The raw volume_context: the pod's volumeAttributes with kubelet's own keys over them. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** `none` where the request has no capability, or one without an access type. */
  readonly access: 'mount' | 'block' | 'none';
  readonly accessMode: string;
  readonly fsType: string;
  readonly mountFlags: readonly string[];
  /** The pod's fsGroup in decimal, or empty. */
  readonly volumeMountGroup: string;
}

/** What one volume is doing at this moment. */
export interface VolumeStatus {
  readonly volumeId: VolumeId;
  readonly state: 'issuing' | 'mounted' | 'broken' | 'leaving';
  /** Absent for a broken volume whose record cannot be read. */
  readonly pod?: PodReference;
  readonly issuer?: IssuerReference;
  /** Where it is published, or will be. */
  readonly targetPath: string;
  /** The certificate in the volume; absent until there is one: when it came, when it ends, and the number of its set of files. */
  readonly receivedAt?: Date;
  readonly notAfterAt?: Date;
  readonly generation?: number;
  /** When it will be renewed, or the attempt under way was due. */
  readonly renewAt?: Date;
  /** A new key was wished for, and what is in the volume is by the old one still. */
  readonly isNewKeyAwaited?: true;
  /** Why the issuance under way has not ended; absent where there is none, or it has not said yet. */
  readonly waiting?: Waiting;
  /** Absent while the last attempt at a certificate was none that failed. */
  readonly failing?: Failing;
  /** Why a start could make nothing of the volume; until it is mended. */
  readonly setAside?: Failure;
  readonly health: Health;
}

/** Why a volume gets no certificate, as often as it tries. */
export interface Failing {
  /** In a row. */
  readonly failures: number;
  /** When the first of them was due. */
  readonly sinceAt: Date;
  /** The last of them. */
  readonly failure: Failure;
}

/** How a volume fares, with what to do about it in one line of at most 1,000 characters (CSI specification, VolumeHealth). */
export type Health =
  | { readonly kind: 'healthy'; readonly message: string }
  | { readonly kind: 'degraded' | 'inaccessible'; readonly reason: HealthReason; readonly message: string };

/** What is wrong with a volume; see `volume/health.ts`. */
export type HealthReason =
  | 'CertificateExpired'
  | 'CertificatePending'
  | 'RenewalFailing'
  | 'RenewalPending'
  | 'RequestDenied'
  | 'StateUnusable';

/** What the file system of one volume holds, and how the volume fares. */
export interface VolumeStats {
  readonly bytes: Usage;
  readonly inodes: Usage;
  readonly health: Health;
}

/** What the source of keys is doing at this moment, in numbers of keys. */
export interface KeyStatus {
  /** Not begun: so many are generated already as may be at a time. */
  readonly waiting: number;
  readonly generating: number;
  /** Generated in advance. */
  readonly spares: number;
}

/** One certificate to be issued for one key. */
export interface Order {
  readonly volumeId: VolumeId;
  readonly pod: PodReference;
  readonly issuer: IssuerReference;
  /** Attributes passed through to the request object, such as those of an approver. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly csrPem: string;
  readonly wanted: Wanted;
  /** The end of the certificate that this one is to replace; absent where there is none. */
  readonly oldNotAfterAt?: Date;
  /**
   * A bearer token of the pod's service account that has not expired, for an issuer that `usesPodToken`. Where there is none it
   * tells so, and waits for the publish that brings one. @throws `signal.reason` once aborted.
   */
  podToken(waiting: (why: Waiting) => void, signal: AbortSignal): Promise<string>;
}

/** Why there is no certificate yet, in the issuer's words: one line, at most 1,000 characters. */
export interface Waiting {
  readonly reason: string;
  /** The name of the request object, where there is one. */
  readonly requestName?: string;
}

/** A volume that was mounted when the process started. */
export interface Delivered {
  readonly volumeId: VolumeId;
  readonly pod: PodReference;
}

/** A kind of issuer. */
export interface Issuer {
  /** Whether it asks orders for their `podToken`: a pod whose first publish brings none is refused. */
  readonly usesPodToken?: boolean;
  /** Everything in `asked` that it never issues, for a pod to be told before anything is done; `issue` is asked for nothing else. */
  refuses?(asked: AskedOfIssuer): readonly Problem[];
  /**
   * Retries by itself what may pass (an unreachable API, a request not yet approved) and tells `waiting` why, the same perhaps
   * more than once.
   * The signal lives as long as the volume wants the certificate, not as long as a call; once aborted, the request is
   * deleted before the promise rejects with `signal.reason`.
   * @throws {AgentError} `request-denied`, `request-failed`, `request-deleted` and `invalid-request` are final for this order.
   */
  issue(order: Order, waiting: (why: Waiting) => void, signal: AbortSignal): Promise<Issued>;
  /** Told that what it issued for the volume cannot be used: the next request must not follow at once. */
  wasted?(volumeId: VolumeId, why: string): void;
  /**
   * Begins what lives as long as the process (such as a watch) until the signal is aborted, and in the background deletes
   * requests of the `delivered` volumes whose key died with the last process. Never waits for the network.
   */
  start?(delivered: readonly Delivered[], signal: AbortSignal): void;
}

/** The pods of this node as the Kubernetes API tells of them. Nothing is asked of it before the first pod is looked at. */
export interface Pods {
  /** Until the signal is aborted pods may be looked at. */
  start(signal: AbortSignal): void;
  look(pod: PodReference): PodSight;
  /** Resolves once another look may show something else. @throws `signal.reason` once aborted. */
  changed(pod: PodReference, signal: AbortSignal): Promise<void>;
}

/** What is known of a pod at this moment. */
export interface PodSight {
  /** Absent for a pod that nobody has told of yet. */
  readonly facts?: PodFacts;
  /** All pods of the node were told of, and this is none of them: it is gone, or will be told of in a moment. */
  readonly isMissing?: true;
  /** There is none at all, not even the driver's own: the node has another name than the driver was told. */
  readonly isNobodyThere?: true;
  /** Why nothing new is learned; absent while all is well. */
  readonly failure?: Failure;
}

/** A line of /proc/self/mountinfo, as far as we ask (proc_pid_mountinfo(5)). */
export interface MountEntry {
  readonly mountPoint: string;
  /** `major:minor`, the st_dev of files on it. */
  readonly device: string;
  readonly fileSystem: string;
  readonly source: string;
  /** Of the file system itself, such as a tmpfs's `noswap`. */
  readonly options: readonly string[];
  readonly readOnly: boolean;
  /** Mounts made below it appear in other mount namespaces too, such as the host's (mount_namespaces(7), "shared"). */
  readonly isShared: boolean;
}

/** Every state-changing system call of the agent. What is in memory is done at once, what may be on a disk is waited for; mounts are made by one quick call each, and unmounts in the background. */
export interface Disk {
  /** Parents must exist; the mode is exact, whatever the umask. @throws {AgentError} `disk-full`, `not-permitted`, `disk-failed`, as all below. */
  makeDirectory(path: string, mode: number): Promise<void>;
  /** Creates a new file with exactly this mode and, if given, group; fails where one exists. */
  writeFile(path: string, content: string | Uint8Array, mode: number, group?: number): Promise<void>;
  symlink(target: string, path: string): Promise<void>;
  /** rename(2): atomic within one file system, replaces a file or a link. */
  rename(from: string, to: string): Promise<void>;
  /** unlink(2); nothing there is fine. */
  removeFile(path: string): Promise<void>;
  /** rmdir(2); nothing there is fine. */
  removeDirectory(path: string): Promise<void>;
  /** A tmpfs with nosuid,nodev,noexec, and noswap where the kernel has it. */
  mountTmpfs(path: string, options: TmpfsOptions): void;
  /** Makes the mount at `source` appear read-only at `target`, in one step for whoever looks at the target. */
  bindReadOnly(source: string, target: string): void;
  /** umount2(2) without following a link and never lazily; not mounted is fine. */
  unmount(path: string): Promise<void>;
  /**
   * Has the directory for this process alone until that ends, however it ends, or lets go. A lock is advisory (flock(2)) and leaves nothing.
   * @returns what lets go; undefined where another process has it.
   */
  lock(directory: string): (() => void) | undefined;
  mountTable(): Promise<readonly MountEntry[]>;
}

/** Size and root directory of a tmpfs (tmpfs(5)): permission bits as 0o550, group id; without a group, root's. */
export interface TmpfsOptions {
  readonly sizeBytes: number;
  readonly inodes: number;
  readonly mode: number;
  readonly group?: number;
  /** What all its files are labelled, without effect where SELinux is off; else what the policy says. */
  readonly selinuxLabel?: SelinuxLabel;
}

/** Where the agent notes what nobody waits for, and what operators count. */
export interface Journal {
  note(event: AgentEvent): void;
}
