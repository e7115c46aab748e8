import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { CONTAINER_CONFIG, imageArchitecture } from './image-config.ts';
import { packFolder } from './reproducible-tar.ts';

/** What has been packed. */
export interface PackedImage {
  /** `sha256:…` of the manifest, by which a registry knows the image. */
  readonly digest: string;
  /** The files as they lie on a node's disk. */
  readonly unpackedBytes: number;
  readonly archiveBytes: number;
}

/** OCI image specification, "Content Descriptors". */
interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const OCI = 'application/vnd.oci.image';

/**
 * Packs a file system as an image of one layer into one archive that is both an OCI image layout, which `ctr images import`
 * reads, and what `docker load` reads (manifest.json). The same files make the same bytes.
 * @param reference with a tag, such as `podcert:1.2.3`: an image without one would be looked for in a registry.
 */
export async function packImage(fileSystem: string, reference: string, archive: string): Promise<PackedImage> {
  const work = await mkdtemp(join(tmpdir(), 'podcert-image-'));
  try {
    const layout = join(work, 'layout');
    await mkdir(join(layout, 'blobs/sha256'), { recursive: true });
    const tar = join(work, 'layer.tar');
    await packFolder(fileSystem, tar);
    const { digest: diffId, size: unpackedBytes } = await describeFile(tar, '');
    const layer = await addLayer(layout, tar);
    const digest = await writeLayout(layout, reference, layer, diffId);
    await mkdir(dirname(archive), { recursive: true });
    await packFolder(layout, archive);
    return { digest, unpackedBytes, archiveBytes: (await stat(archive)).size };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function addLayer(layout: string, tar: string): Promise<Descriptor> {
  const compressed = `${tar}.gz`;
  await pipeline(createReadStream(tar), createGzip(), createWriteStream(compressed));
  const layer = await describeFile(compressed, `${OCI}.layer.v1.tar+gzip`);
  await rename(compressed, join(layout, blobPath(layer)));
  return layer;
}

/** @returns the digest of the manifest. */
async function writeLayout(layout: string, reference: string, layer: Descriptor, diffId: string): Promise<string> {
  const config = await addBlob(layout, `${OCI}.config.v1+json`, {
    architecture: imageArchitecture(),
    os: 'linux',
    config: CONTAINER_CONFIG,
    rootfs: { type: 'layers', diff_ids: [diffId] },
  });
  const manifest = await addBlob(layout, `${OCI}.manifest.v1+json`, {
    schemaVersion: 2,
    mediaType: `${OCI}.manifest.v1+json`,
    config,
    layers: [layer],
  });
  // The first is containerd's own, for the whole name; the second is the specification's.
  const names = {
    'io.containerd.image.name': `docker.io/library/${reference}`,
    'org.opencontainers.image.ref.name': reference.slice(reference.lastIndexOf(':') + 1),
  };
  const index = { schemaVersion: 2, mediaType: `${OCI}.index.v1+json`, manifests: [{ ...manifest, annotations: names }] };
  const docker = [{ Config: blobPath(config), RepoTags: [reference], Layers: [blobPath(layer)] }];
  await writeFile(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  await writeFile(join(layout, 'index.json'), JSON.stringify(index));
  await writeFile(join(layout, 'manifest.json'), JSON.stringify(docker));
  return manifest.digest;
}

async function addBlob(layout: string, mediaType: string, value: unknown): Promise<Descriptor> {
  const text = JSON.stringify(value);
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
  const blob = { mediaType, digest, size: Buffer.byteLength(text) };
  await writeFile(join(layout, blobPath(blob)), text);
  return blob;
}

async function describeFile(path: string, mediaType: string): Promise<Descriptor> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return { mediaType, digest: `sha256:${hash.digest('hex')}`, size: (await stat(path)).size };
}

function blobPath({ digest }: Descriptor): string {
  return join('blobs', digest.replace(':', '/'));
}
