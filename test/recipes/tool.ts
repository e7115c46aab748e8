import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A program that makes something of a recipe, and the Debian package that it is in. */
export interface Tool {
  readonly program: string;
  readonly debianPackage: string;
}

/** Runs it to its end. @returns what it printed. @throws {Error} with what it said, or where it is not there. */
export async function runTool({ program, debianPackage }: Tool, args: readonly string[], folder: string): Promise<string> {
  try {
    return (await run(program, args, { cwd: folder, timeout: 180_000 })).stdout;
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (code === 'ENOENT') throw new Error(`There is no ${program}: install Debian's ${debianPackage}`, { cause: error });
    throw new Error(`${program} failed: ${stdout ?? ''}${stderr ?? ''}`, { cause: error });
  }
}
