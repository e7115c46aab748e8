import { dirname, resolve } from 'node:path';
import type { VolumeId } from '../volume-id.ts';

/** Names what lies below the data root; no other file does. */
export interface Home {
  readonly root: string;
  /** One tmpfs for the node, never visible to a pod. */
  readonly state: string;
  /** The parent of every volume's own tmpfs. */
  readonly volumes: string;
  /** One tmpfs for all volumes of cert-manager's csi-driver, where that had this data root before us. */
  readonly shared: string;
  /** Where kernels before 5.12 prepare a read-only bind. */
  readonly staging: string;
  /** Whether a path is on a tmpfs in the data root, as long as nobody unmounts that. */
  isInMemory(path: string): boolean;
  volume(volumeId: VolumeId): VolumeHome;
  /** The paths of a volume that cert-manager's csi-driver made, for us to go on with. */
  adopted(volumeId: VolumeId): VolumeHome;
}

/** The paths of one volume. */
export interface VolumeHome {
  readonly volumeId: VolumeId;
  /** Made by cert-manager's csi-driver: on the tmpfs that its volumes share, in place of one of its own. */
  readonly isAdopted: boolean;
  /** The mount point of the tmpfs that holds its files. */
  readonly tmpfs: string;
  /** What the pod sees: the root of its own tmpfs, or a directory of the shared one. */
  readonly directory: string;
  /** The mount point of a tmpfs of its own, the only one that is unmounted with the volume. */
  readonly own: string;
  /** All that cert-manager's csi-driver has of a volume of this id. */
  readonly peers: string;
  /** What that driver knows of it. */
  readonly metadata: string;
  readonly nextMetadata: string;
  /** The link that says which set is current. */
  readonly data: string;
  /** The link that becomes `data` by rename(2). */
  readonly nextData: string;
  /** The directory of file set `number`. */
  set(number: number): string;
  /** One file of a set; `name` was parsed as a plain file name. */
  file(number: number, name: string): string;
  /** The name under which the pod sees a file. */
  visible(name: string): string;
  /** The tmpfs that holds the state of all volumes. */
  readonly states: string;
  readonly state: string;
  readonly record: string;
  readonly nextRecord: string;
  /** What the record leaves out because it is secret. */
  readonly secrets: string;
  readonly partsDirectory: string;
  /** What file set `number` was rendered from. */
  parts(number: number): string;
}

/** @param dataRoot an absolute path on a file system that is shared with the host (mount propagation Bidirectional). */
export function createHome(dataRoot: string): Home {
  const root = resolve(dataRoot);
  const state = `${root}/state`;
  const volumes = `${root}/volumes`;
  // This name and those below it are of csi-lib, `storage/filesystem.go`.
  const shared = `${root}/inmemfs`;
  const folders = { state, volumes, shared };
  return {
    root,
    ...folders,
    staging: `${root}/staging`,
    isInMemory: (path) => isBelow(state, path) || isBelow(shared, path) || isBelow(volumes, dirname(path)),
    volume: (volumeId) => new VolumePaths(folders, volumeId, false),
    adopted: (volumeId) => new VolumePaths(folders, volumeId, true),
  };
}

function isBelow(folder: string, path: string): boolean {
  return path.startsWith(`${folder}/`);
}

type Folders = Pick<Home, 'state' | 'volumes' | 'shared'>;

/** Put together when they are asked for: twenty paths for each volume would be a fifth of what a volume takes in memory. */
class VolumePaths implements VolumeHome {
  readonly volumeId: VolumeId;
  readonly isAdopted: boolean;
  readonly #folders: Folders;

  constructor(folders: Folders, volumeId: VolumeId, isAdopted: boolean) {
    this.#folders = folders;
    this.volumeId = volumeId;
    this.isAdopted = isAdopted;
  }

  get own(): string {
    return `${this.#folders.volumes}/${this.volumeId}`;
  }

  get peers(): string {
    return `${this.#folders.shared}/${this.volumeId}`;
  }

  get tmpfs(): string {
    return this.isAdopted ? this.#folders.shared : this.own;
  }

  get directory(): string {
    return this.isAdopted ? `${this.peers}/data` : this.own;
  }

  get metadata(): string {
    return `${this.peers}/metadata.json`;
  }

  get nextMetadata(): string {
    return `${this.metadata}.next`;
  }

  get data(): string {
    return this.visible('..data');
  }

  get nextData(): string {
    return this.visible('..data_next');
  }

  set(number: number): string {
    return this.visible(setName(number));
  }

  file(number: number, name: string): string {
    return `${this.set(number)}/${name}`;
  }

  visible(name: string): string {
    return `${this.directory}/${name}`;
  }

  get states(): string {
    return this.#folders.state;
  }

  get state(): string {
    return `${this.states}/${this.volumeId}`;
  }

  get record(): string {
    return `${this.state}/record.json`;
  }

  get nextRecord(): string {
    return `${this.record}.next`;
  }

  get secrets(): string {
    return `${this.state}/secrets.json`;
  }

  get partsDirectory(): string {
    return `${this.state}/parts`;
  }

  parts(number: number): string {
    return `${this.partsDirectory}/${number}.json`;
  }
}

/** The name of a set's directory, which is also what `..data` points to. */
export function setName(number: number): string {
  return `..${number}`;
}

/** What the visible name of a file is a link to. */
export function linkTarget(name: string): string {
  return `..data/${name}`;
}

/** The number of a set that its driver made before us, and named by the time: below all of ours. */
export const ADOPTED_SET = 0;

/** The number in `..<n>`, {@link ADOPTED_SET} for `..<year>_<month>_…`, or undefined for any other name. */
export function parseSetName(name: string): number | undefined {
  if (/^\.\.[0-9]{4}(_[0-9]{2}){5}\.[0-9]+$/.test(name)) return ADOPTED_SET;
  return /^\.\.[1-9][0-9]{0,14}$/.test(name) ? Number(name.slice(2)) : undefined;
}

/** The number in `<n>.json`, or undefined for any other name. */
export function parsePartsName(name: string): number | undefined {
  return /^[1-9][0-9]{0,14}\.json$/.test(name) ? Number(name.slice(0, -'.json'.length)) : undefined;
}
