import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Child } from './child.ts';
import { mountsBelow } from './node-folder.ts';
import type { NodeFolder } from './node-folder.ts';
import type { PodArguments, PodMessage } from './pod-messages.ts';

/**
 * Puts a pod's view together in a mount namespace of its own, then becomes the pod's program. In place of the demo's folder
 * ($2) comes an empty file system that holds nothing but the pod's volume ($3); every other mount in there ($4 up to --) is
 * taken away. At last all privileges are dropped, so that the program cannot undo it (capabilities(7)). With -n mount(8)
 * keeps no notes in /run, where an ordinary user may not write.
 */
const ENTER = `
set -eu
stage=$1 place=$2 volume=$3
shift 3
mount -n -t tmpfs -o size=64k,mode=0755 pod "$stage"
mkdir "$stage/tls"
mount -n --bind "$volume" "$stage/tls"
while [ "$1" != -- ]; do
  umount -n "$1"
  shift
done
shift
mount -n --move "$stage" "$place"
exec setpriv --pdeathsig KILL --no-new-privs --bounding-set=-all --inh-caps=-all --ambient-caps=-all "$@"
`;

export interface PodProgram<Arguments extends PodArguments> {
  /** How messages call it. */
  readonly name: string;
  /** A file of this folder. */
  readonly program: string;
  /** The volume's target path. */
  readonly volume: string;
  /** What it is told; its `folder` is made here. */
  readonly args: Omit<Arguments, 'folder'>;
}

/**
 * Starts a program that sees, of the demo's folder, its pod's volume alone. A container would hide the rest of the machine
 * and the other processes as well; what a pod finds in its volume is the same.
 */
export async function startPod<Arguments extends PodArguments>(
  { root, stage }: NodeFolder,
  { name, program, volume, args }: PodProgram<Arguments>,
): Promise<Child<PodMessage>> {
  const others = (await mountsBelow(root)).toReversed();
  const command = [process.execPath, join(import.meta.dirname, program), JSON.stringify({ ...args, folder: join(root, 'tls') })];
  const enter = ['sh', '-c', ENTER, 'enter', stage, root, volume, ...others, '--', ...command];
  const child = spawn('unshare', ['--mount', '--propagation', 'private', '--', ...enter], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { PATH: process.env['PATH'] },
  });
  const pod = new Child<PodMessage>(name, child);
  child.on('message', (message) => pod.feed.push(message as PodMessage));
  return pod;
}
