import { join } from 'node:path';
import type { VolumeId } from '../volume-id.ts';

/** Names what lies below the data root; no other file does. */
export interface Home {
  readonly root: string;
  /** One tmpfs for the node, never visible to a pod. */
  readonly state: string;
  /** The parent of every volume's own tmpfs. */
  readonly volumes: string;
  /** Where kernels before 5.12 prepare a read-only bind. */
  readonly staging: string;
  volume(volumeId: VolumeId): VolumeHome;
}

/** The paths of one volume. */
export interface VolumeHome {
  readonly volumeId: VolumeId;
  /** The mount point of the volume's own tmpfs, whose root the pod sees. */
  readonly directory: string;
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
  readonly state: string;
  readonly record: string;
  readonly nextRecord: string;
  readonly partsDirectory: string;
  /** What file set `number` was rendered from. */
  parts(number: number): string;
}

/** @param dataRoot an absolute path on a file system that is shared with the host (mount propagation Bidirectional). */
export function createHome(dataRoot: string): Home {
  const state = join(dataRoot, 'state');
  const volumes = join(dataRoot, 'volumes');
  return {
    root: dataRoot,
    state,
    volumes,
    staging: join(dataRoot, 'staging'),
    volume: (volumeId) => volumeHome(volumeId, join(volumes, volumeId), join(state, volumeId)),
  };
}

function volumeHome(volumeId: VolumeId, directory: string, state: string): VolumeHome {
  const partsDirectory = join(state, 'parts');
  const set = (number: number) => join(directory, setName(number));
  return {
    volumeId,
    directory,
    data: join(directory, '..data'),
    nextData: join(directory, '..data_next'),
    set,
    file: (number, name) => join(set(number), name),
    visible: (name) => join(directory, name),
    state,
    record: join(state, 'record.json'),
    nextRecord: join(state, 'record.json.next'),
    partsDirectory,
    parts: (number) => join(partsDirectory, `${number}.json`),
  };
}

/** The name of a set's directory, which is also what `..data` points to. */
export function setName(number: number): string {
  return `..${number}`;
}

/** The number in `..<n>`, or undefined for any other name. */
export function parseSetName(name: string): number | undefined {
  return /^\.\.[1-9][0-9]{0,14}$/.test(name) ? Number(name.slice(2)) : undefined;
}

/** The number in `<n>.json`, or undefined for any other name. */
export function parsePartsName(name: string): number | undefined {
  return /^[1-9][0-9]{0,14}\.json$/.test(name) ? Number(name.slice(0, -'.json'.length)) : undefined;
}
