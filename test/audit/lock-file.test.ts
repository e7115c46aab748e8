import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { judgeLockFile } from '../../audit/lock-file.ts';
import type { LockedPackage, LockFile, Manifest } from '../../audit/lock-file.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (name: string): unknown => JSON.parse(readFileSync(join(ROOT, name), 'utf8'));
const manifest = read('package.json') as Manifest;
const lock = read('package-lock.json') as LockFile;
const KOFFI = 'node_modules/koffi';

/** The lock file as it is, but for one package. */
function changed(folder: string, change: LockedPackage): LockFile {
  return { ...lock, packages: { ...lock.packages, [folder]: { ...lock.packages[folder], ...change } } };
}

describe('the audit of the lock file', () => {
  it('finds nothing wrong with what the project depends on', () => assert.deepEqual(judgeLockFile(manifest, lock), []));

  for (const { name, change, why } of [
    { name: 'a licence that nobody has agreed to', change: { license: 'GPL-3.0-only' }, why: /"GPL-3\.0-only": has a licence that nobody/ },
    { name: 'a choice of licences', change: { license: '(MIT OR GPL-3.0-only)' }, why: /has a licence that nobody/ },
    { name: 'no licence', change: { license: '' }, why: /has a licence that nobody/ },
    { name: 'no hash', change: { integrity: '' }, why: /has no SHA-512/ },
    { name: 'a weak hash', change: { integrity: 'sha1-qIkmfrbEsAW4MaCr2eYsbk3L3yM=' }, why: /has no SHA-512/ },
    { name: 'no version', change: { version: '' }, why: /has no exact version/ },
    {
      name: 'a host of its own',
      change: { resolved: 'https://packages.example.com/koffi/-/koffi-3.3.4.tgz' },
      why: /elsewhere than the registry/,
    },
    {
      name: 'a repository for an origin',
      change: { resolved: 'git+ssh://git@example.com/koffi.git#0123456' },
      why: /elsewhere than the registry/,
    },
    { name: 'another package for an origin', change: { resolved: 'https://registry.npmjs.org/k0ffi/-/k0ffi-3.3.4.tgz' }, why: /elsewhere/ },
    { name: 'a folder for an origin', change: { link: true }, why: /elsewhere than the registry/ },
  ] satisfies { name: string; change: LockedPackage; why: RegExp }[]) {
    it(`names a package with ${name}`, () => {
      const found = judgeLockFile(manifest, changed(KOFFI, change)).filter((problem) => problem.startsWith(KOFFI));
      assert.equal(found.length, 1, String(found));
      assert.match(found[0]!, why);
    });
  }

  it('takes the registry’s own address for an origin, which npm replaces by that of a mirror', () => {
    const resolved = 'https://registry.npmjs.org/koffi/-/koffi-3.3.4.tgz';
    assert.deepEqual(judgeLockFile(manifest, changed(KOFFI, { resolved })), []);
  });

  it('names a package with a script that nobody has looked at, wherever it lies', () => {
    const folder = 'node_modules/koffi/node_modules/@scope/inner';
    const inner = { ...lock.packages[KOFFI], hasInstallScript: true };
    assert.deepEqual(judgeLockFile(manifest, changed(folder, inner)), [
      `${folder}: has a script that runs at its installation; read it, then say in allowScripts whether it is run`,
    ]);
  });

  it('names who is allowed a script and has none', () => {
    const allowing = { ...manifest, allowScripts: { ...manifest.allowScripts, typescript: true } };
    assert.deepEqual(judgeLockFile(allowing, lock), ['typescript in allowScripts: has no such script; take it out']);
  });

  for (const version of ['^3.3.4', '~3.3.4', '3.x', '*', 'latest', 'npm:other@3.3.4', 'file:../koffi', 'https://example.com/koffi.tgz']) {
    it(`names a dependency that is not pinned: ${version}`, () => {
      const loose = { ...manifest, dependencies: { ...manifest.dependencies, koffi: version } };
      assert.deepEqual(judgeLockFile(loose, lock), [
        `koffi in dependencies ${JSON.stringify(version)}: is no exact version; write one, such as 1.2.3`,
      ]);
    });
  }

  it('names a dependency that package-lock.json does not have like this', () => {
    const newer = { ...manifest, dependencies: { ...manifest.dependencies, koffi: '3.3.5' } };
    assert.match(judgeLockFile(newer, lock)[0] ?? '', /^koffi in dependencies "3\.3\.5": is not what package-lock\.json has, 3\.3\.4/);
    const unlocked = { ...manifest, devDependencies: { ...manifest.devDependencies, 'left-pad': '1.3.0' } };
    assert.match(judgeLockFile(unlocked, lock)[0] ?? '', /^left-pad in devDependencies .* has, nothing/);
  });

  it('judges no form that it does not know', () => {
    assert.match(judgeLockFile(manifest, { ...lock, lockfileVersion: 4 })[0] ?? '', /has version 4/);
  });
});
