import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { REFUSED_FLAGS } from '../../driver/flags/absent.ts';
import { FLAGS } from '../../driver/flags/table.ts';
import { PEER_VALUES } from '../chart/peer-values.ts';
import { ATTRIBUTES, PEER_PREFIX } from '../../node-agent/spec/attribute-table.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/migrate-from-csi-driver.md'), 'utf8');

/** Flags that cert-manager's csi-driver has not got. */
const OWN_FLAGS: readonly string[] = [
  'registration-dir',
  'kubelet-registration-path',
  'health-bind-address',
  'admin-bind-address',
  'help',
  'version',
  'local-ca-dir',
  'local-ca-max-duration',
  'selinux-context',
  'remove-startup-taint',
];

describe('the page on moving from cert-manager’s csi-driver', () => {
  it('lists every attribute of csi-driver, none of them as refused', () => {
    const rows = rowsOf('attribute');
    const known = Object.keys(ATTRIBUTES).filter((name) => name.startsWith(PEER_PREFIX));
    assert.deepEqual([...rows.keys()].toSorted(), known.toSorted());
    for (const [name, verdict] of rows) assert.match(verdict, /^(?:same|better)\b/, name);
  });

  it('lists every flag of csi-driver, as refused exactly where it is', () => {
    const rows = rowsOf('flag');
    const known = Object.keys(FLAGS).filter((name) => !OWN_FLAGS.includes(name));
    assert.deepEqual([...rows.keys()].toSorted(), known.map((name) => `--${name}`).toSorted());
    for (const [flag, verdict] of rows) {
      const name = flag.slice(2);
      const expected = name in REFUSED_FLAGS ? /^refused\b/ : /^(?:same|better|no effect)\b/;
      assert.match(verdict, expected, flag);
    }
  });

  it('lists every value of csi-driver’s chart, and what has no effect as the chart tells it', () => {
    const rows = rowsOf('value');
    const taken = [...rows.keys()];
    const missing = leavesOf(PEER_VALUES).filter((path) => !taken.some((value) => path === value || path.startsWith(`${value}.`)));
    assert.deepEqual(missing, []);
    const notes = readFileSync(join(import.meta.dirname, '../../manifests/chart/templates/NOTES.txt'), 'utf8');
    for (const [value, verdict] of rows) {
      const isIdle = notes.includes(`- ${value}: `);
      assert.match(verdict, isIdle ? /^no effect: / : /^same\b/, value);
    }
  });
});

/** The paths of all values in an object, down to those that are no objects. */
function leavesOf(value: object, before = ''): string[] {
  return Object.entries(value).flatMap(([name, inner]) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? leavesOf(inner as object, `${before}${name}.`) : [before + name],
  );
}

/** The lines of the table whose first column has this title: the name in it, and what the second says. */
function rowsOf(title: string): ReadonlyMap<string, string> {
  const table = new RegExp(`\\| ${title} \\|.*?\\n\\n`, 's').exec(`${PAGE}\n\n`)?.[0] ?? '';
  const rows = [...table.matchAll(/^\| `([^`]+)`[^|]*\| ([^|]+) \|$/gm)];
  assert.notEqual(rows.length, 0, `there is no table of ${title}s`);
  return new Map(rows.map(([, name = '', verdict = '']) => [name, verdict]));
}
