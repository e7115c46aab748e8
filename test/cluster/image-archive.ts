import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './command.ts';

/** What an image is made of. */
export interface ImageParts {
  /** With a registry and a tag: one without a tag is pulled always, and there is nothing to pull from. */
  readonly reference: string;
  /** The folder that becomes the image's `/`. */
  readonly rootFolder: string;
  readonly command: readonly string[];
}

/** The names of this machine's kind of processor as images write it (Go's GOARCH). */
const ARCHITECTURES: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };

/**
 * Packs a folder as an image of one layer, in the format of `docker save` (Docker image specification 1.2, "Combined image JSON and filesystem changeset").
 * @param folder an empty one of its own to work in.
 * @returns the archive's path.
 */
export async function packImage(folder: string, { reference, rootFolder, command }: ImageParts, signal: AbortSignal): Promise<string> {
  const content = join(folder, 'content');
  await mkdir(content, { recursive: true });
  const layer = join(content, 'layer.tar');
  await runCommand(['tar', '--create', '--file', layer, '--owner=0', '--group=0', '--directory', rootFolder, '.'], {}, signal);
  const config = {
    architecture: ARCHITECTURES[process.arch] ?? process.arch,
    os: 'linux',
    config: { Cmd: command, Env: ['PATH=/bin'] },
    rootfs: {
      type: 'layers',
      diff_ids: [
        `sha256:${createHash('sha256')
          .update(await readFile(layer))
          .digest('hex')}`,
      ],
    },
  };
  await writeFile(join(content, 'config.json'), JSON.stringify(config));
  const manifest = [{ Config: 'config.json', RepoTags: [reference], Layers: ['layer.tar'] }];
  await writeFile(join(content, 'manifest.json'), JSON.stringify(manifest));
  const archive = join(folder, 'image.tar');
  await runCommand(['tar', '--create', '--file', archive, '--directory', content, '.'], {}, signal);
  return archive;
}
