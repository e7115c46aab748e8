import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { loadYaml } from '@kubernetes/client-node';
import type { V1Pod } from '@kubernetes/client-node';
import { accepted } from '../spec/publish-request.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGES = ['*.md', 'docs/**/*.md', 'manifests/**/*.md'].flatMap((pattern) => globSync(pattern, { cwd: ROOT }));

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** All first groups of `pattern`. */
function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, group]) => group ?? '');
}

describe('the documents', () => {
  for (const page of PAGES) {
    it(`link to nothing that is not there: ${page}`, () => {
      const links = matches(read(page), /\]\(([^)\s]+)\)/g).filter((link) => !/^(https?:|#)/.test(link));
      const broken = links.filter((link) => !existsSync(join(ROOT, dirname(page), link.replace(/#.*/, ''))));
      assert.deepEqual(broken, []);
    });

    it(`name only npm scripts that there are: ${page}`, () => {
      const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
      const unknown = matches(read(page), /npm run ([a-z:-]+)/g).filter((script) => !(script in scripts));
      assert.deepEqual(unknown, []);
    });

    it(`name only files and folders that there are: ${page}`, () => {
      const folders = 'docs|driver|proto|node-agent|volume|issuance|issuers|schedule|spec|kubernetes|formats|manifests|demo|test';
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

  it('promise for each invariant a test that names it', () => {
    const listed = matches(read('docs/architecture.md').split('## Invariants')[1] ?? '', /^(\d+)\. /gm);
    assert.equal(listed.length, 10);
    const namesAnInvariant = /\bit\(\s*['"`].*\(invariants? ([\d, and]+)\)['"`],/g;
    const named = globSync('test/**/*.test.ts', { cwd: ROOT }).flatMap((path) => matches(read(path), namesAnInvariant));
    const tested = new Set(named.flatMap((numbers) => numbers.match(/\d+/g) ?? []));
    assert.deepEqual(
      listed.filter((number) => !tested.has(number)),
      [],
    );
  });
});
