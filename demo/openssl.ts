import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CheckFailed } from './check.ts';

const run = promisify(execFile);

/** Asks OpenSSL, the second judge of what the driver made. @returns what it says. @throws {CheckFailed} with that where it disapproves. */
export async function openssl(...args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await run('openssl', args, { timeout: 10_000 });
    return stdout.trim();
  } catch (error) {
    const { code, stderr, message } = error as NodeJS.ErrnoException & { readonly stderr?: string };
    if (code === 'ENOENT') throw new CheckFailed('openssl is missing: install OpenSSL 3');
    throw new CheckFailed(`openssl ${args.join(' ')}: ${stderr?.trim() || message}`);
  }
}
