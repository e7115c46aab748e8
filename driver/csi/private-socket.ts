import type { Stats } from 'node:fs';
import { chmod, lstat, mkdir, rename, rm, rmdir, unlink } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { AgentError } from '../../node-agent/errors.ts';
import { MAXIMUM_SOCKET_PATH_BYTES } from './socket-path.ts';

/** A listening Unix socket that only our own user can connect to. */
export interface PrivateSocket {
  /** Whether what lies at the path is still this socket, and not nothing or another's. */
  isInPlace(): Promise<boolean>;
  /** Takes no more connections and removes the path if it is still ours; connections that were made live on. */
  close(): Promise<void>;
}

/**
 * Listens at `path` with mode 0600 from the first moment on, in place of a socket nobody answers on any more.
 * @throws {AgentError} `disk-failed` where something else lies there, a process still answers, or the directory is not usable.
 */
export async function openPrivateSocket(path: string, accept: (connection: Socket) => void): Promise<PrivateSocket> {
  await requireFreeSocket(path);
  const server = createServer(accept);
  try {
    const identity = await bindPrivately(server, path);
    return {
      isInPlace: () => isSame(path, identity),
      async close() {
        server.close();
        // A path that cannot be removed leads nowhere from now on, and the next start takes its place.
        if (await isSame(path, identity)) await unlink(path).catch(() => undefined);
      },
    };
  } catch (cause) {
    server.close();
    throw new AgentError('disk-failed', `Cannot serve on "${path}": ${whyNotBound(cause)}`, { cause });
  }
}

/** @throws {AgentError} `disk-failed` where something else lies at the path, or a process still answers. */
export async function requireFreeSocket(path: string): Promise<void> {
  const obstacle = await findObstacle(path);
  if (obstacle !== undefined) throw new AgentError('disk-failed', `Cannot serve on "${path}": ${obstacle}`);
}

/**
 * Binds in a directory that is closed to everybody else, and moves the finished socket to its place: bind(2) alone makes it as
 * wide as the umask allows. Both names begin with a dot, which kubelet passes over in its folder of registrations.
 */
async function bindPrivately(server: Server, path: string): Promise<Stats> {
  const name = basename(path);
  // No longer than the path itself, which may have all the bytes there are.
  const nursery = join(dirname(path), `.${name.slice(0, -4) || name}`);
  const newborn = join(nursery, '.s');
  await clear(nursery, newborn);
  await mkdir(nursery, { mode: 0o700 });
  try {
    await listen(server, newborn);
    await chmod(newborn, 0o600);
    const identity = await lstat(newborn);
    await rename(newborn, path);
    return identity;
  } finally {
    await clear(nursery, newborn);
  }
}

/** Also what a process left that was killed in between. */
async function clear(nursery: string, newborn: string): Promise<void> {
  if ((await lstatIfAny(nursery)) === undefined) return;
  await rm(newborn, { force: true });
  await rmdir(nursery);
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function whyNotBound(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'its directory does not exist; create it or choose another path';
  return `${message}; its directory must be writable for this process`;
}

/** Says what keeps us from the path; nothing there, or a socket whose process is gone, does not. */
async function findObstacle(path: string): Promise<string | undefined> {
  if (Buffer.byteLength(path) > MAXIMUM_SOCKET_PATH_BYTES)
    return `a socket's path has at most ${MAXIMUM_SOCKET_PATH_BYTES} bytes; choose a shorter one`;
  const found = await lstatIfAny(path);
  if (found === undefined) return undefined;
  if (!found.isSocket()) return 'something that is not a socket lies there; move it away or choose another path';
  const answer = await new Promise<string>((resolve) => {
    const probe = connect(path);
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    probe.once('connect', () => {
      probe.destroy();
      resolve('connected');
    });
  });
  if (answer === 'ECONNREFUSED' || answer === 'ENOENT') return undefined;
  if (answer === 'connected') return 'another process answers there; stop it first';
  return `the socket there cannot be judged (${answer}); remove it if no process serves it`;
}

/** While a socket is bound its inode number is not given away, so device and inode name it. */
async function isSame(path: string, identity: Stats): Promise<boolean> {
  const found = await lstatIfAny(path);
  return found?.ino === identity.ino && found.dev === identity.dev;
}

async function lstatIfAny(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new AgentError('disk-failed', `Cannot look at "${path}": ${String(code)}`, { cause: error });
  }
}
