import { AgentError } from '../errors.ts';
import type { AgentErrorCode } from '../errors.ts';
import { codeOf } from './errno.ts';

/** @param what is done to the path. @throws {AgentError} that says what could not be done. */
export async function run<T>(what: string, path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw diskError(`${what} ${quote(path)}`, error);
  }
}

/** The same at once. */
export function runNow<T>(what: string, path: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    throw diskError(`${what} ${quote(path)}`, error);
  }
}

const KNOWN: Readonly<Record<string, { readonly code: AgentErrorCode; readonly cure: string }>> = {
  ENOSPC: { code: 'disk-full', cure: 'no space or inode is left on that file system' },
  EDQUOT: { code: 'disk-full', cure: 'the quota of that file system is used up' },
  ENOMEM: { code: 'disk-full', cure: 'the node or the container has no memory left' },
  EPERM: {
    code: 'not-permitted',
    cure: 'the driver must run as root with CAP_SYS_ADMIN, CAP_CHOWN and CAP_DAC_OVERRIDE (privileged: true)',
  },
  EACCES: { code: 'not-permitted', cure: 'the driver must run as root with CAP_DAC_OVERRIDE (privileged: true)' },
  EROFS: { code: 'disk-failed', cure: 'the file system is read-only; mount the data root read-write' },
  EBUSY: { code: 'disk-failed', cure: 'something is mounted there, or a process on the node still uses it' },
};

/** Says what could not be done and why, with the cure where one is known. */
function diskError(what: string, cause: unknown): unknown {
  const errno = codeOf(cause);
  if (errno === undefined) return cause;
  const known = KNOWN[errno];
  return new AgentError(known?.code ?? 'disk-failed', `Cannot ${what}: ${errno}${known ? `, ${known.cure}` : ''}`, { cause });
}

/** A path as it stands in a message. */
export function quote(path: string): string {
  return JSON.stringify(path);
}
