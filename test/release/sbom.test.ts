import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LockFile } from '../../audit/lock-file.ts';
import { describeContents, type Content } from '../../release/sbom.ts';
import { billProblems } from './bill-schema.ts';

const RELEASE = { version: '7.2.0', commit: 'c0ffee', committedAt: new Date('2026-01-31T12:00:00Z') };
const INTEGRITY = `sha512-${Buffer.alloc(64, 7).toString('base64')}`;
const LOCK: LockFile = {
  lockfileVersion: 3,
  packages: {
    'node_modules/@a/x': {
      version: '1.0.0',
      license: 'MIT',
      integrity: INTEGRITY,
      dependencies: { y: '^2.0.0', builder: '*' },
      optionalDependencies: { z: '*', 'z-elsewhere': '*' },
    },
    'node_modules/@a/x/node_modules/y': { version: '2.0.0', license: 'ISC', integrity: INTEGRITY, dependencies: { z: '*' } },
    'node_modules/y': { version: '1.0.0', license: 'ISC', integrity: INTEGRITY },
    'node_modules/z': { version: '3.0.0', license: 'MIT', integrity: INTEGRITY },
    'node_modules/w/node_modules/z': { version: '3.0.0', license: 'MIT', integrity: INTEGRITY },
    'node_modules/builder': { version: '4.0.0', license: 'MIT', integrity: INTEGRITY },
  },
};
const CONTENT: Content = {
  file: 'tool',
  type: 'application',
  sha256: 'ab'.repeat(32),
  packages: ['node_modules/@a/x', 'node_modules/@a/x/node_modules/y', 'node_modules/z'],
  parts: [],
};

interface Bill {
  readonly serialNumber: string;
  readonly components: readonly { readonly 'bom-ref': string; readonly hashes?: readonly { readonly content: string }[] }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

function bill(...contents: readonly Content[]): Bill {
  return describeContents(RELEASE, contents, LOCK) as Bill;
}

describe('the bill of materials', () => {
  it('is what the schema of CycloneDX takes, which takes no unknown licence and no broken hash', async () => {
    assert.deepEqual(await billProblems(bill(CONTENT)), []);
    const wrong = JSON.parse(JSON.stringify(bill(CONTENT)).replace('"ISC"', '"no licence"').replace('0707', '')) as object;
    assert.match((await billProblems(wrong)).join(), /components\/\d\/licenses.*must be equal to one of the allowed values/);
    assert.match((await billProblems(wrong)).join(), /components\/\d\/hashes\/0\/content: must match pattern/);
  });

  it('says what of a file needs what, found as Node finds it, and leaves out what is not in the file', () => {
    assert.deepEqual(bill(CONTENT).dependencies, [
      { ref: 'podcert@7.2.0', dependsOn: ['tool'] },
      { ref: 'tool', dependsOn: ['pkg:npm/%40a/x@1.0.0', 'pkg:npm/y@2.0.0', 'pkg:npm/z@3.0.0'] },
      { ref: 'pkg:npm/%40a/x@1.0.0', dependsOn: ['pkg:npm/y@2.0.0', 'pkg:npm/z@3.0.0'] },
      { ref: 'pkg:npm/y@2.0.0', dependsOn: ['pkg:npm/z@3.0.0'] },
      { ref: 'pkg:npm/z@3.0.0', dependsOn: [] },
    ]);
  });

  it('names what is in several files, or in several folders, once', () => {
    const other = { ...CONTENT, file: 'other', packages: ['node_modules/w/node_modules/z', 'node_modules/z'] };
    const refs = bill(CONTENT, other).components.map((component) => component['bom-ref']);
    assert.deepEqual(refs, ['tool', 'other', 'pkg:npm/%40a/x@1.0.0', 'pkg:npm/y@2.0.0', 'pkg:npm/z@3.0.0']);
  });

  it('has the hashes of the lock file in hexadecimal digits', () => {
    const found = bill(CONTENT).components.find((component) => component['bom-ref'] === 'pkg:npm/z@3.0.0');
    assert.deepEqual(found?.hashes?.[0]?.content, '07'.repeat(64));
  });

  it('is another one for another commit, and the same one for the same', () => {
    const other = describeContents({ ...RELEASE, commit: 'decade' }, [CONTENT], LOCK) as Bill;
    assert.notEqual(other.serialNumber, bill(CONTENT).serialNumber);
    assert.deepEqual(bill(CONTENT), bill(CONTENT));
  });

  it('is not made where the lock file lacks a package', () => {
    assert.throws(() => bill({ ...CONTENT, packages: ['node_modules/unknown'] }), {
      message: 'Cannot tell what "node_modules/unknown" is: package-lock.json does not have it; run npm ci',
    });
  });
});
