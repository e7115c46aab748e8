import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What OpenSSL, the second judge of keys, requests and certificates, had to say. */
export interface OpensslResult {
  readonly ok: boolean;
  /** Standard output and standard error. */
  readonly output: string;
}

/**
 * Runs `openssl` with `args`. Each of `files` is written for it, and an argument that equals the file's name becomes its
 * path; nothing of them is left behind.
 */
export async function openssl(args: readonly string[], files: Readonly<Record<string, string | Uint8Array>> = {}): Promise<OpensslResult> {
  const directory = await mkdtemp(join(tmpdir(), 'podcert-openssl-'));
  try {
    for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content, { mode: 0o600 });
    const paths = args.map((arg) => (Object.hasOwn(files, arg) ? join(directory, arg) : arg));
    const { stdout, stderr } = await run('openssl', paths, { timeout: 20_000, maxBuffer: 4 * 1024 * 1024 });
    return { ok: true, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
    // A number is the exit status: a verdict. Anything else means that there was no trial.
    if (typeof code !== 'number') throw error;
    return { ok: false, output: `${stdout ?? ''}${stderr ?? ''}` };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
