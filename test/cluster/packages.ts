import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from './cache.ts';
import { runCommand } from './command.ts';
import { ClusterFailure } from './failure.ts';

const NAMES = ['containerd', 'runc', 'containernetworking-plugins', 'busybox-static', 'tini'];

/**
 * What the node needs of the distribution, unpacked beside each other in one folder. Nothing is installed: the machine's own container engine,
 * if it has one, stays as it is.
 * @throws {ClusterFailure} where apt has no such package.
 */
export async function preparePackages(signal: AbortSignal): Promise<string> {
  const distribution = await readFile('/etc/os-release', 'utf8');
  return cached('packages', [distribution, process.arch, ...NAMES], async (folder) => {
    await download(folder, signal);
    for (const name of await readdir(folder)) {
      if (!name.endsWith('.deb')) continue;
      await runCommand(['dpkg-deb', '--extract', join(folder, name), folder], {}, signal);
      await rm(join(folder, name));
    }
  });
}

async function download(folder: string, signal: AbortSignal): Promise<void> {
  const argv = ['apt-get', '--quiet', 'download', ...NAMES] as const;
  try {
    await runCommand(argv, { cwd: folder }, signal);
  } catch (error) {
    if (!(error instanceof ClusterFailure)) throw error;
    // The package lists may be missing or name versions that are no longer there.
    await runCommand(['apt-get', '--quiet', 'update'], {}, signal);
    await runCommand(argv, { cwd: folder }, signal);
  }
}
