import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { VERSION } from '../driver/version.ts';
import { packImage } from './archive.ts';
import { makeFileSystem } from './file-system.ts';
import { imageArchitecture } from './image-config.ts';

/**
 * `npm run image [-- <archive>]` makes the image without a container engine, for machines of this one's kind, and prints its
 * size and digest. The same sources and libraries make the same bytes.
 */
async function main([named]: readonly string[]): Promise<void> {
  const reference = `podcert:${VERSION}`;
  const archive = resolve(named ?? `dist-image/podcert-${VERSION}-${imageArchitecture()}.tar`);
  const folder = await mkdtemp(join(tmpdir(), 'podcert-files-'));
  try {
    await makeFileSystem(folder);
    const { digest, unpackedBytes, archiveBytes } = await packImage(folder, reference, archive);
    const shown = relative('.', archive);
    const lines = [
      `${reference} for linux/${imageArchitecture()}`,
      `${megabytes(unpackedBytes)} unpacked, ${megabytes(archiveBytes)} in ${shown}`,
      digest,
      '',
      `ctr --namespace k8s.io images import ${shown}`,
      `docker load --input ${shown}`,
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

await main(process.argv.slice(2));
