import { AgentError } from '../../node-agent/errors.ts';
import type { Disk } from '../../node-agent/ports.ts';

/** What an operation fails with when its file system is full (ENOSPC), in use (EBUSY) or breaks (EIO), in the disk's own words. */
export function failLikely(operation: keyof Disk): never {
  throw LIKELY[operation];
}

const full = new AgentError('disk-full', 'ENOSPC, no space or inode is left on that file system');
const busy = new AgentError('disk-failed', 'EBUSY, something is mounted there, or a process on the node still uses it');
const broken = new AgentError('disk-failed', 'EIO');

const LIKELY: Readonly<Record<keyof Disk, AgentError>> = {
  makeDirectory: full,
  writeFile: full,
  symlink: full,
  rename: broken,
  removeFile: broken,
  removeDirectory: busy,
  mountTmpfs: full,
  bindReadOnly: broken,
  unmount: busy,
  lock: broken,
  mountTable: broken,
};
