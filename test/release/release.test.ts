import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { loadAll } from 'js-yaml';
import { VERSION } from '../../driver/version.ts';
import { imageArchitecture } from '../../image/image-config.ts';
import { notesFor, readChangelog } from '../../release/changelog.ts';
import { readFolder } from '../manifests/read.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { billProblems } from './bill-schema.ts';

const SCRIPT = join(import.meta.dirname, '../../release/release.ts');
const ARCHIVE = `podcert-${VERSION}-${imageArchitecture()}.tar`;
const BILL = `podcert-${VERSION}-${imageArchitecture()}.cdx.json`;

interface Component {
  readonly 'bom-ref': string;
  readonly type: string;
  readonly group?: string;
  readonly name: string;
  readonly version: string;
  readonly licenses: readonly [{ readonly license: { readonly id?: string } }];
  readonly purl?: string;
}

interface Bill {
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

function run(...args: readonly string[]) {
  return spawnSync(process.execPath, [SCRIPT, ...args], { encoding: 'utf8' });
}

describe('a dry run of a release', () => {
  const folder = temporaryFolder('release');
  const made = join(folder, 'made');
  let first: ReturnType<typeof run>;
  let bill: Bill;

  const read = (name: string) => readFileSync(join(made, name), 'utf8');

  before(() => {
    first = run('--dry-run', `--output=${made}`);
    assert.equal(first.status, 0, first.stderr);
    bill = JSON.parse(read(BILL)) as Bill;
  });

  it('makes each file, and checksums that sha256sum finds right', () => {
    const files = [
      ARCHIVE,
      BILL,
      `podcert-${VERSION}-${imageArchitecture()}.build.json`,
      `podcert-${VERSION}.tgz`,
      'podcert.yaml',
      'release-notes.md',
    ];
    const names = readdirSync(made);
    for (const file of files) assert.ok(names.includes(file), file);
    const said = execFileSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: made, encoding: 'utf8' });
    assert.deepEqual(
      said.trim().split('\n').toSorted(),
      names
        .filter((name) => name !== 'SHA256SUMS')
        .map((name) => `${name}: OK`)
        .toSorted(),
    );
    assert.ok(first.stdout.includes(read('SHA256SUMS')), 'the checksums are printed');
  });

  it('has the checksums that its page makes anew, where another architecture is added', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/release.md'), 'utf8');
    const command = /`(sha256sum .*) > SHA256SUMS`/.exec(page)?.[1] ?? assert.fail('no such command');
    const anew = execFileSync('sh', ['-c', command], { cwd: made, encoding: 'utf8' });
    assert.deepEqual(anew.split('\n').toSorted(), read('SHA256SUMS').split('\n').toSorted());
  });

  it('makes the same bytes again', () => {
    const before = read('SHA256SUMS');
    writeFileSync(join(made, 'of-before'), 'what another release had');
    assert.equal(run('--dry-run', `--output=${made}`).status, 0);
    assert.equal(read('SHA256SUMS'), before);
    assert.deepEqual(readdirSync(folder), ['made'], 'and nothing beside them');
    assert.ok(!readdirSync(made).includes('of-before'));
  });

  it('makes a bill of materials that CycloneDX takes', async () => assert.deepEqual(await billProblems(JSON.parse(read(BILL))), []));

  it('bills each library whose licence is in the image, by that licence, and no other', () => {
    const licences = fileOfImage('podcert/THIRD-PARTY-LICENSES');
    const passedOn = [...licences.matchAll(/^={80}\n\n(\S+) (\S+) — (\S+)\n\n={80}$/gm)].map((match) => match.slice(1).join(' '));
    assert.ok(passedOn.length > 50, String(passedOn.length));
    const libraries = bill.components.filter(({ purl }) => purl?.startsWith('pkg:npm/'));
    const billed = libraries.map(
      ({ group, name, version, licenses }) => `${group === undefined ? '' : `${group}/`}${name} ${version} ${licenses[0].license.id}`,
    );
    assert.deepEqual(billed.toSorted(), passedOn.toSorted());
  });

  it('bills Node and each Debian package that the image has a record of', () => {
    const others = bill.components.filter(({ purl }) => /^pkg:(deb|generic)\//.test(purl ?? ''));
    const records = filesOfImage().flatMap((path) => /\/var\/lib\/dpkg\/status\.d\/(.+)$/.exec(path)?.[1] ?? []);
    assert.deepEqual(
      others.map(({ name }) => name),
      ['node', ...records],
    );
    assert.equal(others[0]?.version, process.versions.node);
    for (const { name, version } of others.slice(1)) {
      assert.equal(version, execFileSync('dpkg-query', ['--show', '--showformat=${Version}', name], { encoding: 'utf8' }));
    }
    const image = bill.dependencies.find(({ ref }) => ref === ARCHIVE);
    assert.equal(image?.dependsOn.length, bill.components.length - bill.components.filter(({ type }) => type !== 'library').length);
  });

  it('joins the manifests to one file with the same objects', () => {
    assert.deepEqual(loadAll(read('podcert.yaml')), readFolder('.'));
  });

  it('makes a plugin for kubectl that Node takes, of this version, with nobody else’s code in it', () => {
    execFileSync(process.execPath, ['--check', join(made, 'kubectl-podcert')]);
    assert.match(execFileSync(join(made, 'kubectl-podcert'), ['version'], { encoding: 'utf8' }), new RegExp(VERSION));
    assert.deepEqual(bill.dependencies.find(({ ref }) => ref === 'kubectl-podcert')?.dependsOn, []);
  });

  it('says what the bytes were made of', () => {
    const origin = JSON.parse(read(`podcert-${VERSION}-${imageArchitecture()}.build.json`)) as Record<string, unknown>;
    assert.partialDeepStrictEqual(origin, { version: VERSION, architecture: imageArchitecture(), node: process.versions.node });
    assert.match(String(origin['commit']), /^[0-9a-f]{40}$/);
  });

  it('cuts its notes from the changelog', () => {
    const [heading, , ...notes] = read('release-notes.md').trim().split('\n');
    assert.equal(heading, `# Podcert ${VERSION}`);
    assert.equal(notes.join('\n'), notesFor(VERSION, readChangelog(readFileSync(join(SCRIPT, '../../CHANGELOG.md'), 'utf8'))));
  });

  /** Every path in the layers of the image. */
  function filesOfImage(): readonly string[] {
    return tar(['--list', '--gzip', '--file', layerOf(made)])
      .trim()
      .split('\n')
      .map((path) => path.slice(1));
  }

  function fileOfImage(path: string): string {
    return tar(['--extract', '--to-stdout', '--gzip', '--file', layerOf(made), `./${path}`]);
  }

  function layerOf(output: string): string {
    const layout = join(folder, 'layout');
    execFileSync('mkdir', ['--parents', layout]);
    tar(['--extract', '--file', join(output, ARCHIVE), '--directory', layout]);
    const [
      {
        Layers: [layer],
      },
    ] = JSON.parse(readFileSync(join(layout, 'manifest.json'), 'utf8')) as [{ Layers: [string] }];
    return join(layout, layer);
  }
});

describe('the command for releases', () => {
  const folder = temporaryFolder('release-command');

  it('removes nothing that it has not made', () => {
    writeFileSync(join(folder, 'of-somebody'), '');
    const { status, stderr } = run('--dry-run', `--output=${folder}`);
    assert.notEqual(status, 0);
    assert.match(stderr, /Cannot make a release in ".*": it holds something else than a release; name another folder/);
    assert.deepEqual(readdirSync(folder), ['of-somebody']);
  });

  for (const { name, args, says } of [
    { name: 'an option that there is not', args: ['--wet-run'], says: /^✘ Unknown option '--wet-run'[\s\S]*--dry-run/ },
    { name: 'a version that is none', args: ['--set-version=v1'], says: /^✘ --set-version "v1": is no version; write one such as 1\.2\.3/ },
  ]) {
    it(`refuses ${name}, and says which there are`, () => {
      const { status, stderr } = run(...args);
      assert.equal(status, 64);
      assert.match(stderr, says);
    });
  }

  it('explains itself', () => assert.match(run('--help').stdout, /^npm run release -- --set-version 1\.2\.3 /));
});

function tar(args: readonly string[]): string {
  return execFileSync('tar', args, { encoding: 'utf8', maxBuffer: 1e8 });
}
