import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Part } from './sbom.ts';
import { sha256Of } from './sha256.ts';

/** What is in the image's file system besides npm packages: Node, and what came from Debian's packages, by the records in it. */
export async function readImageParts(fileSystem: string, nodeVersion: string): Promise<readonly Part[]> {
  const records = join(fileSystem, 'var/lib/dpkg/status.d');
  const release = await readFile(join(fileSystem, 'etc/os-release'), 'utf8');
  const debian = await Promise.all(
    (await readdir(records)).toSorted().map(async (name) => debianPart(await readFile(join(records, name), 'utf8'), release)),
  );
  return [await nodePart(join(fileSystem, 'usr/bin/node'), nodeVersion), ...debian];
}

async function nodePart(program: string, version: string): Promise<Part> {
  return {
    name: 'node',
    version,
    purl: `pkg:generic/node@${version}`,
    cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`,
    licence: { id: 'MIT' },
    sha256: await sha256Of(program),
  };
}

/**
 * A package by its record (deb-control(5)); its URL as github.com/package-url has it for type "deb". A copyright file names the licences of
 * single files, which no one identifier stands for.
 */
function debianPart(record: string, release: string): Part {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(record)?.[1] ?? '';
  const word = (name: string) => new RegExp(`^${name}="?([^"\n]*)"?$`, 'm').exec(release)?.[1] ?? '';
  const [name, version] = [field('Package'), field('Version')];
  const distribution = `${word('ID')}-${word('VERSION_ID')}`;
  return {
    name,
    version,
    purl: `pkg:deb/${word('ID')}/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${field('Architecture')}&distro=${distribution}`,
    licence: { name: `see /usr/share/doc/${name}/copyright in the image` },
  };
}
