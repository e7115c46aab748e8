import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What a pod has, as far as it must stay the same or change. */
export interface VolumeFacts {
  /** The mount at the target, so that one made anew is told from the old one (proc_pid_mountinfo(5), field 1). */
  readonly mountId: string;
  /** Device and inode of the folder. */
  readonly root: string;
  /** What `..data` names. */
  readonly set: string;
  readonly serial: string;
}

/**
 * Looks at a volume as a pod does. @returns undefined where nothing is mounted at the target.
 * @throws {AssertionError} unless it is mounted once and holds one whole set: links through `..data`, key and certificate of
 * one pair, the certificate signed by the CA beside it.
 */
export function lookAtVolume(targetPath: string): VolumeFacts | undefined {
  const [mountId, ...others] = mountIdsAt(targetPath);
  if (mountId === undefined) return undefined;
  assert.deepEqual(others, [], `${targetPath} is mounted more than once`);
  const set = readlinkSync(join(targetPath, '..data'));
  const names = readdirSync(join(targetPath, set)).toSorted();
  const visible = readdirSync(targetPath).filter((name) => !name.startsWith('..'));
  assert.deepEqual(visible.toSorted(), names);
  for (const name of names) assert.equal(readlinkSync(join(targetPath, name)), `..data/${name}`);
  const read = (name: string) => readFileSync(join(targetPath, set, name), 'utf8');
  const leaf = new X509Certificate(read('tls.crt'));
  assert.ok(leaf.checkPrivateKey(createPrivateKey(read('tls.key'))), `key and certificate in ${targetPath} do not match`);
  assert.ok(leaf.verify(new X509Certificate(read('ca.crt')).publicKey), `the CA in ${targetPath} did not sign the certificate`);
  const { dev, ino } = statSync(targetPath);
  return { mountId, root: `${dev}:${ino}`, set, serial: leaf.serialNumber };
}

/** The same for a volume that must be there. */
export function readVolume(targetPath: string): VolumeFacts {
  const facts = lookAtVolume(targetPath);
  assert.ok(facts !== undefined, `nothing is mounted at ${targetPath}`);
  return facts;
}

/** The mount at a path; undefined where there is none. */
export function mountIdAt(path: string): string | undefined {
  return mountIdsAt(path)[0];
}

/** Everything below a folder with what it is: directory, file with its size, or link with its target. None where there is no folder. */
export function treeOf(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted();
  return paths.map((path) => `${path} ${describe(join(folder, path))}`);
}

function describe(path: string): string {
  const status = lstatSync(path);
  if (status.isSymbolicLink()) return `-> ${readlinkSync(path)}`;
  return status.isDirectory() ? 'directory' : `${status.size} bytes`;
}

function mountIdsAt(path: string): string[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return lines.map((line) => line.split(' ')).flatMap(([id, , , , mountPoint]) => (mountPoint === path && id !== undefined ? [id] : []));
}
