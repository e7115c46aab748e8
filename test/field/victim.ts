import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mountsBelow } from '../support/temporary-folder.ts';
import { mountIdAt, treeOf } from '../support/volume-facts.ts';

/** A folder that nobody has any business in, with what an agent might take for its own. */
export interface Victim {
  readonly path: string;
  /** @throws {AssertionError} where anything was made, changed, mounted or removed there. */
  assertUntouched(): void;
}

/** @param folder where the victim is made, of the given name. */
export function makeVictim(folder: string, name: string): Victim {
  const path = join(folder, `victim-${name}`);
  for (const directory of [path, join(path, 'mount'), join(path, 'data'), join(path, 'parts'), join(path, '..1')]) {
    mkdirSync(directory, { mode: 0o700 });
  }
  for (const file of ['precious', 'record.json', 'secrets.json', 'parts/1.json', 'data/tls.key', '..1/tls.key']) {
    writeFileSync(join(path, file), `precious ${file}`, { mode: 0o600 });
  }
  const look = () => {
    const { mode, uid, gid, ctimeNs } = lstatSync(path, { bigint: true });
    return { mode, uid, gid, ctimeNs, tree: treeOf(path), precious: readFileSync(join(path, 'precious'), 'utf8') };
  };
  const before = look();
  return {
    path,
    assertUntouched() {
      assert.deepEqual([mountIdAt(path), ...mountsBelow(path)], [undefined]);
      assert.deepEqual(look(), before);
    },
  };
}
