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
  const place = (volumeId: VolumeId): Place => ({
    volumeId,
    own: `${volumes}/${volumeId}`,
    peers: `${shared}/${volumeId}`,
    states: state,
    state: `${state}/${volumeId}`,
  });
  return {
    root,
    state,
    volumes,
    shared,
    staging: `${root}/staging`,
    isInMemory: (path) => isBelow(state, path) || isBelow(shared, path) || isBelow(volumes, dirname(path)),
    volume: (volumeId) => volumeHome(place(volumeId)),
    adopted: (volumeId) => volumeHome(place(volumeId), shared),
  };
}

function isBelow(folder: string, path: string): boolean {
  return path.startsWith(`${folder}/`);
}

type Place = Pick<VolumeHome, 'volumeId' | 'own' | 'peers' | 'states' | 'state'>;

/** @param shared the tmpfs on which the volume is, where it has none of its own. */
function volumeHome(place: Place, shared?: string): VolumeHome {
  const { own, peers, state } = place;
  const directory = shared === undefined ? own : `${peers}/data`;
  const partsDirectory = `${state}/parts`;
  const set = (number: number) => `${directory}/${setName(number)}`;
  return {
    ...place,
    isAdopted: shared !== undefined,
    tmpfs: shared ?? own,
    directory,
    metadata: `${peers}/metadata.json`,
    nextMetadata: `${peers}/metadata.json.next`,
    data: `${directory}/..data`,
    nextData: `${directory}/..data_next`,
    set,
    file: (number, name) => `${set(number)}/${name}`,
    visible: (name) => `${directory}/${name}`,
    record: `${state}/record.json`,
    nextRecord: `${state}/record.json.next`,
    secrets: `${state}/secrets.json`,
    partsDirectory,
    parts: (number) => `${partsDirectory}/${number}.json`,
  };
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
