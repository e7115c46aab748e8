import { dirname } from 'node:path';
import type { FileSet } from '../contents.ts';
import { AgentError } from '../errors.ts';
import type { Disk } from '../ports.ts';
import type { SelinuxLabel } from '../selinux-label.ts';
import type { VolumeSpec } from '../spec/volume-spec.ts';
import { beginsFileSystem, hasPlace, isBound, isMountPoint } from './bound.ts';
import { VolumeFiles } from './files.ts';
import type { Generation } from './generation.ts';
import type { VolumeHome } from './home.ts';
import { lookAt, lookNow } from './look-at.ts';
import { writeRecord } from './record.ts';
import type { StoredRequest } from './record.ts';
import { removeVolume, sweepVolume } from './removal.ts';
import { whyNotRoots } from './roots-path.ts';

/** Room for the current set, the one before, and those that a reader may hold for a minute when lifetimes are seconds. */
const VOLUME_SIZE_BYTES = 8 * 1024 * 1024;
const VOLUME_INODES = 1024;

/** What is delivered where. */
export interface Delivery {
  readonly home: VolumeHome;
  readonly request: StoredRequest;
  readonly spec: VolumeSpec;
  readonly selinuxLabel: SelinuxLabel | undefined;
  /** The first set, and what it is rendered from. Absent: the volume begins empty, and its first set comes by a rotation. */
  readonly first?: { readonly generation: Generation; readonly set: FileSet };
}

/**
 * The disk steps of a first publish: record, tmpfs, parts and set, target, and last the bind, which is the commit point.
 * A step that fails undoes what this call made, in reverse order.
 * @param undoFailed told when the undoing fails too; the next publish or start takes the rest away.
 * @throws {AgentError} as {@link Disk}, and `disk-failed` where the target is taken.
 */
export async function deliver(disk: Disk, delivery: Delivery, undoFailed: (error: unknown) => void): Promise<void> {
  const { home, request } = delivery;
  const target = await inspectTarget(request.targetPath);
  if (lookNow(home.state) ?? lookNow(home.directory)) await sweepVolume(disk, home, undefined);
  try {
    await fill(disk, delivery);
    if (target === 'missing') await disk.makeDirectory(request.targetPath, 0o750);
    disk.bindReadOnly(home.directory, request.targetPath);
  } catch (error) {
    await undo(disk, delivery, target).catch(undoFailed);
    throw error;
  }
}

async function undo(disk: Disk, { home, request }: Delivery, targetWas: 'missing' | 'empty'): Promise<void> {
  // Nothing was mounted there before, so what is there now is ours, even if the bind was said to have failed.
  await disk.unmount(request.targetPath);
  await removeVolume(disk, home, targetWas === 'missing' ? request.targetPath : undefined);
}

async function fill(disk: Disk, { home, request, spec, selinuxLabel, first }: Delivery): Promise<void> {
  const { fsGroup, mode } = spec.files;
  await disk.makeDirectory(home.state, 0o700);
  await writeRecord(disk, home, request);
  await disk.makeDirectory(home.partsDirectory, 0o700);
  await disk.makeDirectory(home.directory, 0o700);
  disk.mountTmpfs(home.directory, {
    sizeBytes: VOLUME_SIZE_BYTES,
    inodes: VOLUME_INODES,
    mode: rootMode(mode),
    ...(fsGroup !== undefined && { group: fsGroup }),
    ...(selinuxLabel !== undefined && { selinuxLabel }),
  });
  if (first === undefined) return;
  const files = new VolumeFiles(disk, home);
  await files.stage(first.generation, first.set, fsGroup);
  await files.swap(first.generation.number);
}

/** Whoever may read a file must get to it: others too where the files' mode lets them. */
function rootMode(fileMode: number): number {
  return 0o550 | ((fileMode & 0o004) === 0 ? 0 : 0o005);
}

/**
 * Binds the volume again where its target has lost it, as after somebody's umount(8).
 * @returns whether it had to.
 * @throws {AgentError} `state-corrupt` where there is nothing left to bind.
 */
export async function restoreBind(disk: Disk, home: VolumeHome, targetPath: string): Promise<boolean> {
  if (await isBound(home, targetPath)) return false;
  if (!hasPlace(home)) {
    // Somebody unmounted the data root, and the pod still has its files.
    if (await isMountPoint(targetPath)) return false;
    throw new AgentError('state-corrupt', `Cannot bind volume "${home.volumeId}" again: its files are gone; delete the pod`);
  }
  if ((await inspectTarget(targetPath)) === 'missing') await disk.makeDirectory(targetPath, 0o750);
  disk.bindReadOnly(home.directory, targetPath);
  return true;
}

/**
 * kubelet makes the parent and leaves the target to us; other orchestrators make it too.
 * @throws {AgentError} `disk-failed` where nothing can be bound.
 */
export async function inspectTarget(targetPath: string): Promise<'missing' | 'empty'> {
  const target = await lookAt(targetPath);
  // What the target lies in has answered with it. The slash makes lstat(2) follow a link in place of the parent.
  if (target === undefined && lookNow(`${dirname(targetPath)}/`) === undefined)
    throw cannotUse(targetPath, 'its parent directory does not exist; the caller must make it (CSI specification, NodePublishVolume)');
  const why = whyNotRoots(dirname(targetPath));
  if (why !== undefined) throw cannotUse(targetPath, `${why}; the way to it must be root's alone`);
  if (target === undefined) return 'missing';
  if (!target.isDirectory()) throw cannotUse(targetPath, 'it exists and is not a directory; remove it');
  if (beginsFileSystem(targetPath, target)) throw cannotUse(targetPath, 'something is mounted there already; unmount it');
  return 'empty';
}

function cannotUse(targetPath: string, why: string): AgentError {
  return new AgentError('disk-failed', `Cannot mount at the target path ${JSON.stringify(targetPath)}: ${why}`);
}
