import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { loadYaml } from '@kubernetes/client-node';
import type { V1Pod } from '@kubernetes/client-node';
import { POD_EVENT_KINDS } from '../../driver/report/pod-event.ts';
import { accepted } from '../spec/publish-request.ts';
import { judgePage, PAGES, surroundingsHere } from './check/judge.ts';
import { MADE_PAGES, readPage } from './pages.ts';

const ROOT = join(import.meta.dirname, '../..');
/** What kubectl and helm know is asked in test/e2e/documented-commands.test.ts, where they are. */
const SURROUNDINGS = surroundingsHere({});

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** All first groups of `pattern`. */
function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, group]) => group ?? '');
}

describe('the documents', () => {
  for (const page of PAGES) {
    it(`have no broken link, command or YAML: ${page} (npm run docs:check)`, () => assert.deepEqual(judgePage(page, SURROUNDINGS), []));

    it(`name only files and folders that there are: ${page}`, () => {
      const folders =
        'docs|driver|image|proto|node-agent|volume|issuance|issuers|schedule|spec|kubernetes|formats|manifests|demo|bench|test';
      const named = matches(read(page), new RegExp(`\`((?:${folders})/[a-z/.-]*)\``, 'g'));
      const places = [ROOT, join(ROOT, 'node-agent')];
      const missing = named.filter((path) => !places.some((place) => existsSync(join(place, path))));
      assert.deepEqual(missing, []);
    });
  }

  it('show a pod whose attributes are accepted', () => {
    const [yaml = ''] = matches(read('README.md'), /```yaml\n(.*?)```/gs);
    const [volume] = loadYaml<V1Pod>(yaml).spec?.volumes ?? [];
    const { wanted } = accepted(volume?.csi?.volumeAttributes, { readOnly: volume?.csi?.readOnly === true });
    assert.deepEqual(wanted.dnsNames, ['web.shop.svc', 'web-6d4cf56db6-x7k2p']);
  });

  it('promise for each invariant tests that name it', () => {
    const [, section = ''] = /\n## Invariants\n(.*?)\n## /s.exec(read('docs/architecture.md')) ?? [];
    const invariants = section.split(/^(?=\d+\. )/m).slice(1);
    assert.equal(invariants.length, 10);
    for (const [index, invariant] of invariants.entries()) {
      const linked = matches(invariant, /\]\(\.\.\/(test\/[^)]+)\)/g);
      assert.notEqual(linked.length, 0, invariant);
      const silent = linked.filter((path) => !invariantsNamedIn(read(path)).has(index + 1));
      assert.deepEqual(silent, [], `no test there says (invariant ${index + 1})`);
    }
  });

  it('are all in the index', () => {
    const listed = new Set(matches(read('docs/README.md'), /\]\(([a-z-]+\.md)\)/g));
    const missing = globSync('*.md', { cwd: join(ROOT, 'docs') }).filter((name) => name !== 'README.md' && !listed.has(name));
    assert.deepEqual(missing, []);
  });

  it('list exactly the events on pods that there are', () => {
    const rows = [...read('docs/events.md').matchAll(/^\| `(\w+)` \| (\w+) \| `(\w+)` \|/gm)];
    const listed = Object.fromEntries(rows.map(([, reason = '', type, action]) => [reason, { type, action }]));
    const known = Object.entries(POD_EVENT_KINDS).map(([reason, { type, action }]) => [reason, { type, action }] as const);
    assert.deepEqual(listed, Object.fromEntries(known));
  });

  for (const [name, remade] of MADE_PAGES) {
    it(`have tables that are those of the code: docs/${name}`, () => {
      const page = readPage(name);
      assert.equal(page, remade(page), 'made anew by npm run docs');
    });
  }
});

/** The numbers behind the names of tests. */
function invariantsNamedIn(text: string): ReadonlySet<number> {
  const names = matches(text, /\bit\(\s*['"`].*\(invariants? ([\d, and]+)\)['"`],/g);
  return new Set(names.flatMap((numbers) => (numbers.match(/\d+/g) ?? []).map(Number)));
}
