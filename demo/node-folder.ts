import { mkdir, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unmount } from '../node-agent/volume/kernel.ts';
import { MOUNT_TABLE, parseMountTable } from '../node-agent/volume/mount-table.ts';

/** One temporary folder that plays the node: all that the demo makes lies in it. */
export interface NodeFolder {
  readonly root: string;
  /** In place of /var/lib/kubelet. */
  readonly kubelet: string;
  /** Where kubelet looks for drivers to register. */
  readonly registration: string;
  /** The driver's `--data-root`. */
  readonly data: string;
  /** The driver's `--local-ca-dir`. */
  readonly ca: string;
  /** The driver's `--endpoint`. */
  readonly socket: string;
  /** An empty folder in which a pod's view is put together. */
  readonly stage: string;
}

export async function makeNodeFolder(): Promise<NodeFolder> {
  // The kernel's mount table shows paths without symbolic links.
  const root = await mkdtemp(join(await realpath(tmpdir()), 'podcert-demo-'));
  const kubelet = join(root, 'kubelet');
  const registration = join(kubelet, 'plugins_registry');
  const plugin = join(kubelet, 'plugins', 'podcert');
  const [ca, stage] = [join(root, 'ca'), join(root, 'stage')];
  for (const folder of [registration, plugin, ca, stage]) await mkdir(folder, { recursive: true });
  return { root, kubelet, registration, data: join(root, 'data'), ca, socket: join(plugin, 'csi.sock'), stage };
}

/** The mount points below a folder, in the order in which they were mounted. */
export async function mountsBelow(folder: string): Promise<readonly string[]> {
  const table = parseMountTable(await readFile(MOUNT_TABLE, 'utf8'));
  return table.map((entry) => entry.mountPoint).filter((path) => path.startsWith(`${folder}/`));
}

/** Removes the folder and every mount in it, whatever is left there; also when it is gone already. */
export async function removeNodeFolder({ root }: NodeFolder): Promise<void> {
  for (const path of (await mountsBelow(root)).toReversed()) unmount(path);
  await rm(root, { recursive: true, force: true });
}
