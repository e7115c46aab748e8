import { createReadStream } from 'node:fs';
import { chmod, copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './command.ts';
import { STATE } from './folders.ts';
import { packImage } from './image-archive.ts';
import { inNode, NODE_ENVIRONMENT, type ClusterNode } from './node.ts';

/** Gives the node an image from a file, as `docker save` or OCI tools write it. @throws {ClusterFailure} where containerd does not take it. */
export async function loadImage(node: ClusterNode, archive: string, signal: AbortSignal): Promise<void> {
  // Through a pipe: the node does not see all folders of the machine.
  const argv = inNode(node, ['ctr', '--namespace=k8s.io', 'images', 'import', '-']);
  await runCommand(argv, { env: NODE_ENVIRONMENT, input: createReadStream(archive) }, signal);
}

/** Makes and loads the two images that everybody needs: `pause:1`, which holds a pod's namespaces, and `busybox:1`. */
export async function loadOwnImages(node: ClusterNode, signal: AbortSignal): Promise<void> {
  for (const [name, makeRoot] of Object.entries({ pause: makePauseRoot, busybox: makeBusyboxRoot })) {
    const folder = join(STATE, 'images', name);
    const rootFolder = join(folder, 'root');
    await mkdir(rootFolder, { recursive: true });
    const command = await makeRoot(rootFolder, signal);
    const archive = await packImage(folder, { reference: `docker.io/library/${name}:1`, rootFolder, command }, signal);
    await loadImage(node, archive, signal);
  }
}

async function makePauseRoot(root: string): Promise<string[]> {
  await copyFile(join(STATE, 'programs', 'bin', 'pause'), join(root, 'pause'));
  return ['/pause'];
}

async function makeBusyboxRoot(root: string, signal: AbortSignal): Promise<string[]> {
  const busybox = join(STATE, 'packages', 'bin', 'busybox');
  for (const folder of ['bin', 'etc', 'tmp']) await mkdir(join(root, folder));
  // After mkdir, which the umask limits.
  await chmod(join(root, 'tmp'), 0o1777);
  await copyFile(busybox, join(root, 'bin', 'busybox'));
  const applets = (await runCommand([busybox, '--list'], {}, signal)).trim().split('\n');
  for (const applet of applets) if (applet !== 'busybox') await symlink('busybox', join(root, 'bin', applet));
  await writeFile(join(root, 'etc', 'passwd'), 'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n');
  await writeFile(join(root, 'etc', 'group'), 'root:x:0:\nnogroup:x:65534:\n');
  return ['sh'];
}
