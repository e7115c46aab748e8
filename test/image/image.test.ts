import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { before, describe, it } from 'node:test';
import { Kubelet } from '../../demo/kubelet.ts';
import { describeFlags } from '../../driver/flags/help.ts';
import { FLAGS } from '../../driver/flags/table.ts';
import { VERSION } from '../../driver/version.ts';
import { CONTAINER_CONFIG, imageArchitecture } from '../../image/image-config.ts';
import { nodeService } from '../../proto/load.ts';
import { localCaVolume } from '../support/local-ca-volume.ts';
import { readPodFolder } from '../support/pod-folder.ts';
import { mountsBelow, temporaryFolder } from '../support/temporary-folder.ts';

/** Where chroot(8) is, also for those whose own path leaves the administrator's programs out. */
const OUTSIDE = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };

const ROOT = join(import.meta.dirname, '../..');

interface Descriptor {
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Manifest {
  readonly config: Descriptor;
  readonly layers: readonly [Descriptor];
}

describe('image', () => {
  const folder = temporaryFolder('image');
  const archive = join(folder, 'image.tar');
  const layout = join(folder, 'layout');
  const root = join(folder, 'root');
  let said = '';
  let descriptor: Descriptor;
  let manifest: Manifest;

  /** A blob of the layout, which must be what its descriptor says. */
  function blob({ digest, size }: Descriptor): Buffer {
    const bytes = readFileSync(join(layout, 'blobs', digest.replace(':', '/')));
    assert.equal(bytes.length, size);
    assert.equal(`sha256:${createHash('sha256').update(bytes).digest('hex')}`, digest);
    return bytes;
  }

  function json(name: string): unknown {
    return JSON.parse(readFileSync(join(layout, name), 'utf8'));
  }

  before(() => {
    said = makeImage(archive);
    extract(archive, layout);
    [descriptor] = (json('index.json') as { manifests: [Descriptor] }).manifests;
    manifest = JSON.parse(blob(descriptor).toString()) as Manifest;
    extract(join(layout, 'blobs', manifest.layers[0].digest.replace(':', '/')), root);
  });

  it('is the same to the byte when it is made again', () => {
    const again = join(folder, 'again.tar');
    makeImage(again);
    assert.equal(digestOf(again), digestOf(archive));
  });

  it('is an OCI layout whose name and tag containerd reads', () => {
    assert.deepEqual(json('oci-layout'), { imageLayoutVersion: '1.0.0' });
    assert.deepEqual(descriptor.annotations, {
      'io.containerd.image.name': `docker.io/library/podcert:${VERSION}`,
      'org.opencontainers.image.ref.name': VERSION,
    });
    blob(manifest.layers[0]);
    const { architecture, os, config, rootfs } = JSON.parse(blob(manifest.config).toString()) as Record<string, unknown>;
    assert.deepEqual({ architecture, os, config }, { architecture: imageArchitecture(), os: 'linux', config: CONTAINER_CONFIG });
    const layer = execFileSync('gzip', ['--decompress', '--stdout', blobPath(manifest.layers[0])], { cwd: layout, maxBuffer: 1e9 });
    const diffId = `sha256:${createHash('sha256').update(layer).digest('hex')}`;
    assert.deepEqual(rootfs, { type: 'layers', diff_ids: [diffId] });
  });

  it('is what docker load reads, too', () => {
    assert.deepEqual(json('manifest.json'), [
      { Config: blobPath(manifest.config), RepoTags: [`podcert:${VERSION}`], Layers: [blobPath(manifest.layers[0])] },
    ]);
  });

  it('prints its size and the digest of its manifest', () => {
    assert.match(said, new RegExp(`^podcert:${VERSION} for linux/${imageArchitecture()}\n[\\d.]+ MB unpacked, [\\d.]+ MB in `, 'm'));
    assert.ok(said.includes(`\n${descriptor.digest}\n`), said);
  });

  it("holds one program, Node, as it was released, one native part of koffi's, and the libraries they need", () => {
    const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const paths = files.map((entry) => join(entry.parentPath, entry.name).slice(root.length)).toSorted();
    const elf = paths.filter((path) => readFileSync(join(root, path)).subarray(0, 4).toString('latin1') === '\x7FELF');
    const [libraries, others] = [elf.filter((path) => path.startsWith('/lib')), elf.filter((path) => !path.startsWith('/lib'))];
    const koffi = `/podcert/node_modules/@koromix/koffi-linux-${process.arch}/linux_${process.arch}/koffi.node`;
    assert.deepEqual(others, [koffi, '/usr/bin/node']);
    assert.deepEqual(libraries, traceLibraries(root, [koffi, '/usr/bin/node']));
    assert.equal(digestOf(join(root, 'usr/bin/node')), digestOf(join(ROOT, `node_modules/node-linux-${process.arch}/bin/node`)));
  });

  it('gives everything to root, and nothing a set-user-id bit, a time or a width of its own', () => {
    const listing = execFileSync('tar', ['--list', '--verbose', '--numeric-owner', '--file', blobPath(manifest.layers[0])], {
      cwd: layout,
      encoding: 'utf8',
      env: { ...process.env, TZ: 'UTC' },
    });
    for (const line of listing.trim().split('\n')) assert.match(line, /^(drwxr-xr-x|-rwxr-xr-x|-rw-r--r--) 0\/0 +\d+ 1970-01-01 00:00 /);
  });

  it('holds the licences of all that it passes on, and records for scanners', () => {
    for (const path of ['podcert/LICENSE', 'podcert/THIRD-PARTY-LICENSES', 'usr/share/doc/nodejs/LICENSE', 'etc/os-release']) {
      assert.ok(existsSync(join(root, path)), path);
    }
    for (const name of ['libc6', 'libstdc++6', 'libgcc-s1']) {
      const copyright = readFileSync(join(root, 'usr/share/doc', name, 'copyright'), 'utf8');
      for (const license of copyright.match(/\/usr\/share\/common-licenses\/[\w.-]*\w/g) ?? []) {
        assert.ok(existsSync(join(root, license)), license);
      }
      const record = readFileSync(join(root, 'var/lib/dpkg/status.d', name), 'utf8');
      assert.equal(record, execFileSync('dpkg-query', ['--status', name], { encoding: 'utf8' }));
    }
  });

  for (const { flag, answer } of [
    { flag: '--version', answer: `${VERSION}\n` },
    { flag: '--help', answer: describeFlags(FLAGS) },
  ]) {
    it(`answers ${flag} where there is nothing else`, () => {
      assert.equal(execFileSync('chroot', [root, ...CONTAINER_CONFIG.Entrypoint, flag], { encoding: 'utf8', env: OUTSIDE }), answer);
    });
  }

  it('publishes a volume, unpublishes it and stops where there is nothing but /proc and the folders of a node', async () => {
    for (const name of ['proc', 'plugin', 'data', 'ca', 'pods/pod']) mkdirSync(join(root, name), { recursive: true });
    // Not a new one: without a process namespace of its own, a user namespace may only pass on what there is (user_namespaces(7)).
    execFileSync('mount', ['--rbind', '/proc', join(root, 'proc')]);
    const off = ['--health-bind-address=0', '--admin-bind-address=0'];
    const flags = ['--node-id=n', '--endpoint=/plugin/csi.sock', '--data-root=/data', '--local-ca-dir=/ca', ...off];
    const driver = spawn('chroot', [root, ...CONTAINER_CONFIG.Entrypoint, ...flags], {
      env: OUTSIDE,
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    const exited = once(driver, 'exit');
    try {
      await socketOpens(driver.stderr);
      const kubelet = new Kubelet({ socketPath: join(root, 'plugin/csi.sock'), rootDir: '/' });
      const volume = localCaVolume('pod', '1h');
      const request = { ...kubelet.publishRequest(volume), targetPath: '/pods/pod/mount' };
      await kubelet.call(nodeService.NodePublishVolume, request);
      const { isPair, leaf } = await readPodFolder(join(root, 'pods/pod/mount'));
      assert.ok(isPair);
      assert.equal(leaf.checkHost('pod.example'), 'pod.example');
      await kubelet.call(nodeService.NodeUnpublishVolume, { volumeId: request.volumeId, targetPath: request.targetPath });
      assert.deepEqual(readdirSync(join(root, 'pods/pod')), []);
      assert.deepEqual(mountsBelow(join(root, 'data')).length, 1, 'the state of the node is left, no volume');
    } finally {
      driver.kill('SIGTERM');
      const ending = await exited;
      // What lies on it can only be unmounted with it.
      execFileSync('umount', ['--lazy', join(root, 'proc')]);
      assert.deepEqual(ending, [0, null]);
    }
  });
});

describe('Dockerfile', () => {
  const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
  const values = (word: string) =>
    dockerfile.split('\n').flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []));

  it('runs the image as the one made without an engine is run', () => {
    const { User, Env, Entrypoint, WorkingDir, Labels } = CONTAINER_CONFIG;
    assert.deepEqual(values('USER'), [User]);
    assert.deepEqual(values('ENV'), Env);
    assert.deepEqual(JSON.parse(values('ENTRYPOINT')[0] ?? ''), Entrypoint);
    assert.equal(values('WORKDIR').at(-1), WorkingDir);
    assert.deepEqual(
      values('LABEL'),
      Object.entries(Labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`),
    );
  });

  it('takes everything from the file system made there, on the Node that package.json names', () => {
    const { optionalDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      optionalDependencies: Record<string, string>;
    };
    const [major, ...others] = new Set(Object.values(optionalDependencies).map((version) => version.split('.')[0]));
    assert.deepEqual(others, [], 'one Node for every architecture');
    assert.match(values('FROM')[0] ?? '', new RegExp(`^node:${major}-\\w+-slim AS build$`));
    assert.equal(values('FROM')[1], 'scratch');
    assert.equal(values('COPY').at(-1), '--from=build /image /');
  });

  it('is given all that the file system is made of', () => {
    const ignore = readFileSync(join(ROOT, '.dockerignore'), 'utf8').trim().split('\n');
    const given = ignore.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    const context = temporaryFolder('docker-context');
    execFileSync('cp', ['--recursive', ...given, context], { cwd: ROOT });
    execFileSync('ln', ['--symbolic', join(ROOT, 'node_modules'), context]);
    execFileSync(process.execPath, ['image/file-system.ts', join(context, 'made')], { cwd: context });
    assert.ok(existsSync(join(context, 'made/podcert/driver.mjs')));
  });
});

function makeImage(archive: string): string {
  return execFileSync(process.execPath, [join(ROOT, 'image/make.ts'), archive], { encoding: 'utf8' });
}

function extract(archive: string, folder: string): void {
  mkdirSync(folder);
  execFileSync('tar', ['--extract', '--file', archive, '--directory', folder]);
}

function blobPath({ digest }: Descriptor): string {
  return `blobs/${digest.replace(':', '/')}`;
}

function digestOf(path: string): string {
  return execFileSync('sha256sum', ['--', path], { encoding: 'utf8' }).split(' ')[0] ?? '';
}

/** What the loader maps when it is asked to trace the files inside the image, where there is nothing else to be found. */
function traceLibraries(root: string, files: readonly string[]): readonly string[] {
  const loaders = readdirSync(join(root, 'lib64')).map((name) => `/lib64/${name}`);
  const lines = files.flatMap((file) =>
    execFileSync('chroot', [root, ...loaders, '--list', file], { encoding: 'utf8', env: OUTSIDE }).split('\n'),
  );
  return [...new Set(lines.flatMap((line) => /\s(\/lib\S+) \(/.exec(line)?.[1] ?? []))].toSorted();
}

/** Resolves once the driver says that it serves. @throws {Error} with all it said when it ends before. */
async function socketOpens(log: NodeJS.ReadableStream): Promise<void> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: log })) {
    lines.push(line);
    if (line.includes('"serving')) return;
  }
  throw new Error(lines.join('\n'));
}
