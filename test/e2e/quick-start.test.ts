import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ROOT } from '../docs/check/judge.ts';
import { parsePage, type Block } from '../docs/check/markdown.ts';
import { shownValidityMs } from '../docs/shown-validity.ts';
import { kubeconfig, kubectl, kubectlProgram } from './cluster-access.ts';
import { DRIVER_NAMESPACE, installDriver } from './install.ts';

const PATH = 'docs/quick-start.md';
const PAGE = parsePage(PATH, readFileSync(join(ROOT, PATH), 'utf8'));
const IMAGE = process.env['PODCERT_E2E_IMAGE'];
const skip = IMAGE === undefined ? false : 'the page applies manifests/ as they stand, and only our own cluster has that image';

/** The image and the cluster, which the sections before are about, are there. */
const FIRST_SECTION = 'The driver';

/** What people are told to see, by section, block by block. */
const SEEN: Readonly<Record<string, readonly (readonly RegExp[])[]>> = {
  'The driver': [[/^certificaterequests\.cert-manager\.io /m, /^daemon set "podcert" successfully rolled out$/m]],
  'An issuer': [[/^certificate\.cert-manager\.io\/ca condition met$/m, /^issuer\.cert-manager\.io\/ca condition met$/m]],
  'A pod': [
    [/^pod\/web condition met$/m],
    [/ ca\.crt$/m, / tls\.crt$/m, / tls\.key$/m, /DNS:web\.quick-start\.svc/, /^serial=[0-9A-F]+$/m],
    [/^quick-start-files\/tls\.crt: OK$/m, /^secret\/ca /m, /^certificaterequest\.cert-manager\.io\/\S+ +True +True +ca /m],
  ],
  'A renewal': [[/^serial=[0-9A-F]+$/m]],
  'Taking it all away': [[/^namespace "quick-start" deleted/m, /^daemonset\.apps "podcert" deleted/m]],
};

/** The heading above a block. */
function sectionOf(block: Block): string {
  return PAGE.prose
    .slice(0, block.line)
    .findLast((line) => line.startsWith('## '))!
    .slice('## '.length);
}

/** What differs from one run to the next is taken from a line of output. */
function pattern(line: string): string {
  return line
    .replaceAll(/[0-9A-F]{16,}/g, 'H')
    .replaceAll(/\d+/g, '0')
    .replaceAll(/\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b/g, 'Month')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

describe('the quick start, as it is written', { skip }, () => {
  const sections = PAGE.blocks.map(sectionOf);
  const blocks = PAGE.blocks.slice(sections.indexOf(FIRST_SECTION));
  const folder = mkdtempSync(join(tmpdir(), 'podcert-quick-start-'));
  const outputs = new Map<Block, string>();

  before(() => {
    mkdirSync(join(folder, 'bin'));
    if (kubectlProgram.includes('/')) symlinkSync(kubectlProgram, join(folder, 'bin/kubectl'));
    cpSync(join(ROOT, 'manifests'), join(folder, 'copy/manifests'), { recursive: true });
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await kubectl(['delete', 'namespace', 'quick-start', '--ignore-not-found', '--timeout=120s']);
    await installDriver(IMAGE);
  });

  /** Runs a block where its reader would. @returns what the reader sees. */
  function run(block: Block): string {
    const env = { PATH: `${join(folder, 'bin')}:${process.env['PATH']}`, HOME: folder, KUBECONFIG: kubeconfig };
    const script = `exec 2>&1\nset -e\n${block.text}\n`;
    const { status, stdout } = spawnSync('bash', ['-c', script], { cwd: join(folder, 'copy'), env, encoding: 'utf8', timeout: 240_000 });
    assert.equal(status, 0, stdout);
    return stdout;
  }

  const counts = new Map<string, number>();
  let previous: Block | undefined;
  for (const block of blocks) {
    const section = sectionOf(block);
    if (block.language === 'sh') {
      const index = counts.get(section) ?? 0;
      counts.set(section, index + 1);
      it(`does what "${section}" says in block ${index + 1}`, () => {
        const output = run(block);
        outputs.set(block, output);
        for (const seen of SEEN[section]?.[index] ?? assert.fail(`nobody has said what "${section}" shows in block ${index + 1}`))
          assert.match(output, seen);
      });
      previous = block;
    }
    if (block.language === 'text') {
      const shown = previous;
      it(`shows what "${section}" says in line ${block.line}`, () => {
        const lines = outputs.get(shown!)!.split('\n').map(pattern);
        const missing = block.text.split('\n').filter((line) => !lines.includes(pattern(line)));
        assert.deepEqual(missing, [], outputs.get(shown!));
        if (block.text.includes('notAfter=')) assert.equal(shownValidityMs(outputs.get(shown!)!), shownValidityMs(block.text));
      });
    }
  }

  it('has got another certificate by its renewal, and left nothing in the end', async () => {
    const serials = [...outputs.values()].flatMap((output) => /^serial=([0-9A-F]+)$/m.exec(output)?.[1] ?? []);
    assert.equal(new Set(serials).size, 2, serials.join());
    const left = await kubectl(['get', 'namespaces', 'quick-start', DRIVER_NAMESPACE, '--ignore-not-found', '--output=name']);
    assert.equal(left, '');
  });
});
