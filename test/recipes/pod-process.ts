import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Child } from '../../demo/child.ts';

/**
 * Makes a root of its own for a pod, an empty file system at $1 with the machine's programs in it, and becomes what follows on --. Before that
 * come, up to --, pairs of what is bound and where; a place that begins with + is an empty folder for anybody to write into, and stands
 * alone. With -n mount(8) keeps no notes in /run.
 */
const ENTER = `
set -eu
root=$1
shift
mount -n -t tmpfs -o mode=0755 pod "$root"
for folder in bin dev etc lib lib64 sbin usr; do
  if [ -L "/$folder" ]; then
    cp -P "/$folder" "$root/$folder"
  elif [ -d "/$folder" ]; then
    mkdir "$root/$folder"
    mount -n --rbind "/$folder" "$root/$folder"
  fi
done
mkdir "$root/proc"
mount -n -t proc proc "$root/proc"
while [ "$1" != -- ]; do
  case $1 in
    +*) mkdir -m 1777 -p "$root\${1#+}"; shift; continue ;;
  esac
  if [ -d "$1" ]; then
    mkdir -p "$root$2"
  elif [ ! -e "$root$2" ]; then
    mkdir -p "$(dirname "$root$2")"
    : > "$root$2"
  fi
  mount -n --bind "$1" "$root$2"
  shift 2
done
shift
exec "$@"
`;

/** A group that owns nothing. */
const OTHER_GROUP = 65_534;

/** What a container is made of, as far as a program can tell. */
export interface Container {
  readonly name: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Paths in the container, and what is there of ours. */
  readonly mounts: ReadonlyMap<string, string>;
  /** Paths in the container where anybody may write. */
  readonly writable: readonly string[];
  readonly userId: number;
  /** The one group that it is in, besides one that owns nothing. */
  readonly groupId: number;
}

/** A pod's processes, and the lines that they wrote to standard output and error; disposed of, none of them is left. */
export type PodProcess = Child<string> & AsyncDisposable;

/**
 * Runs a container's program with the first process number of its own, as an ordinary user without any privilege. All of it dies with
 * this process, and with the first of its own. @param root an empty folder. @param told each line, as it comes.
 */
export function startPodProcess(root: string, container: Container, told: (line: string) => void): PodProcess {
  const bound = [...container.mounts].flatMap(([place, source]) => [source, place]);
  const writable = container.writable.map((place) => `+${place}`);
  const isolate = ['unshare', '--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child=KILL', '--'];
  const enter = ['sh', '-c', ENTER, 'enter', root, ...writable, ...bound, '--'];
  const args = ['--pdeathsig=KILL', ...isolate, ...enter, ...becomeUser(root, container), ...container.command];
  const path = '/image/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  const child = spawn('setpriv', args, { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: path, ...container.env } });
  return follow(container.name, child, told);
}

/** Enters the root as the container's user. Where this process is root in a user namespace alone, another one maps it to that user. */
function becomeUser(root: string, { userId, groupId }: Container): readonly string[] {
  const isRoot = process.env['PODCERT_OWN_MOUNTS'] === 'root';
  const map = isRoot ? [] : ['unshare', '--user', '--keep-caps', `--map-user=${userId}`, `--map-group=${OTHER_GROUP}`, '--'];
  const ids = isRoot ? [`--reuid=${userId}`, `--regid=${OTHER_GROUP}`, `--groups=${groupId}`] : [];
  // The kernel forgets the signal of --kill-child when the user changes (prctl(2), PR_SET_PDEATHSIG), so it is set again.
  const drop = ['--pdeathsig=KILL', '--no-new-privs', '--bounding-set=-all', '--inh-caps=-all', '--ambient-caps=-all'];
  return [...map, 'chroot', root, 'setpriv', ...ids, ...drop];
}

function follow(name: string, child: ChildProcess, told: (line: string) => void): PodProcess {
  const pod = new Child<string>(name, child);
  // It closes with the last process that could write.
  const closed = once(child, 'close');
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => {
      pod.feed.push(line);
      told(line);
    });
  }
  return Object.assign(pod, {
    async [Symbol.asyncDispose]() {
      await pod.stop('SIGKILL');
      await closed;
    },
  });
}
