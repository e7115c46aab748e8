import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { build } from '../build.ts';
import { collectLicenses } from '../build-licenses.ts';
import { describeFlags } from '../driver/flags/help.ts';
import { FLAGS } from '../driver/flags/table.ts';

let folder = '';

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'podcert-build-'));
  await build({ entry: 'driver/main.ts', outputDirectory: join(folder, 'dist') });
});

after(() => rmSync(folder, { recursive: true, force: true }));

/** Every file below a folder with its bytes. */
function contents(root: string): Map<string, string> {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files.map((file) => [join(file.parentPath, file.name).slice(root.length), readFileSync(join(file.parentPath, file.name), 'base64')]),
  );
}

/** A command line that all modules are loaded for, and that cannot be acted on. */
const withoutCa = () => ['--node-id=n', `--endpoint=${folder}/csi.sock`, '--local-ca-dir=/nonexistent', `--data-root=${folder}/data`];

describe('build', () => {
  it('makes a driver that runs where nothing else of ours is', () => {
    const help = execFileSync(process.execPath, [join(folder, 'dist/driver.mjs'), '--help'], { cwd: folder, encoding: 'utf8' });
    assert.equal(help, describeFlags(FLAGS));
  });

  it('makes a driver that finds its proto files and the native part of koffi beside it', () => {
    const args = [join(folder, 'dist/driver.mjs'), ...withoutCa()];
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
    assert.equal(status, 2, stderr);
    assert.match(stderr, /"level":"error","message":"Cannot open the local CA in \\"\/nonexistent\\"/);
  });

  it('makes a driver that does without Node.js’s client of `fetch`, which takes megabytes', () => {
    const tell = 'data:text/javascript,process.on("exit", () => console.log(process.moduleLoadList.join("\\n")))';
    const args = ['--import', tell, join(folder, 'dist/driver.mjs'), ...withoutCa()];
    const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    assert.match(stdout, /^NativeModule http2$/m);
    assert.doesNotMatch(stdout, /undici/);
  });

  it('makes a driver in ASCII: with a sign beyond Latin-1 V8 keeps two bytes of each character', () => {
    const names = readdirSync(join(folder, 'dist')).filter((name) => name.endsWith('.mjs'));
    assert.ok(names.length > 2);
    for (const name of names) assert.deepEqual(readFileSync(join(folder, 'dist', name), 'utf8').match(/[^\p{ASCII}]/gu), null, name);
  });

  it('makes the same bytes again', async () => {
    await build({ entry: 'driver/main.ts', outputDirectory: join(folder, 'again') });
    assert.deepEqual(contents(join(folder, 'again')), contents(join(folder, 'dist')));
  });

  it('names every library that is passed on, with its licence', () => {
    const licenses = readFileSync(join(folder, 'dist/THIRD-PARTY-LICENSES'), 'utf8');
    for (const name of ['@grpc/grpc-js', '@peculiar/x509', '@kubernetes/client-node', 'koffi', 'protobufjs']) {
      assert.match(licenses, new RegExp(`^${name} [0-9.]+ — [A-Z]`, 'm'), name);
    }
    assert.doesNotMatch(licenses, /typescript|esbuild [0-9]|fast-check/);
  });
});

/** Makes a library to be passed on. @returns the path of one of its files. */
function library(path: string, files: Readonly<Record<string, string>>): string {
  const root = join(folder, 'libraries/node_modules', path);
  mkdirSync(root, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
  return `node_modules/${path}/index.js`;
}

describe('collectLicenses', () => {
  it('hands over licence and notice of each library once, sorted by name', async () => {
    const files = [
      library('b', { 'package.json': '{"name":"b","version":"2.0.0","license":"MIT"}', LICENCE: 'text of b' }),
      library('@a/x', {
        'package.json': '{"name":"@a/x","version":"1.0.0","license":"Apache-2.0"}',
        'LICENSE.md': 'text of a',
        NOTICE: 'notice',
      }),
    ];
    const rule = '='.repeat(80);
    const expected = [
      `${rule}\n\n@a/x 1.0.0 — Apache-2.0\n\n${rule}\n\ntext of a\n\nnotice\n`,
      `${rule}\n\nb 2.0.0 — MIT\n\n${rule}\n\ntext of b\n`,
    ];
    assert.equal(await collectLicenses(join(folder, 'libraries'), [...files, ...files, 'driver/main.ts']), expected.join('\n'));
  });

  it('refuses libraries that we may not pass on, all at once', async () => {
    const files = [
      library('c', { 'package.json': '{"name":"c","version":"1.0.0","license":"GPL-3.0-only"}' }),
      library('d', { 'package.json': '{"name":"d","version":"1.0.0"}' }),
    ];
    await assert.rejects(collectLicenses(join(folder, 'libraries'), files), {
      message: 'Cannot pass on c 1.0.0 (licence "GPL-3.0-only"), d 1.0.0 (licence "none")',
    });
  });
});
