import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs a program of the Java development kit. @returns what it printed. @throws {Error} with what it said, or where it is not there. */
export async function java(program: 'java' | 'keytool', args: readonly string[]): Promise<string> {
  try {
    return (await run(program, args, { timeout: 60_000 })).stdout;
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (code === 'ENOENT')
      throw new Error(`There is no ${program}: install Debian's openjdk-17-jdk-headless, or a JDK like it`, { cause: error });
    throw new Error(`${program} failed: ${stdout ?? ''}${stderr ?? ''}`, { cause: error });
  }
}
