import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * The shared libraries that ELF files need, directly or through each other, and the loader, at the paths where this machine's
 * loader finds them; sorted. ldd(1) asks that loader itself, so the files must be trusted.
 * @throws {Error} naming every library that is not on this machine.
 */
export async function sharedLibraries(files: readonly string[]): Promise<readonly string[]> {
  const outputs = await Promise.all(files.map(async (file) => (await run('ldd', [file])).stdout));
  const lines = outputs.flatMap((output) =>
    output
      .trim()
      .split('\n')
      .map((line) => line.trim()),
  );
  const missing = lines.filter((line) => line.endsWith('=> not found')).map((line) => line.split(' ')[0]);
  if (missing.length > 0) throw new Error(`Cannot find the shared libraries ${[...new Set(missing)].join(', ')}; install them`);
  return [...new Set(lines.map(pathOf).filter((path) => path !== undefined))].toSorted();
}

/** `name => path (address)`, or `path (address)` for the loader; linux-vdso, which has no path, is the kernel's. */
function pathOf(line: string): string | undefined {
  return /^(?:\S+ => )?(\/\S+) \(0x[0-9a-f]+\)$/.exec(line)?.[1];
}
