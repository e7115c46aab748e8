import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, readlinkSync, rmSync, mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { renderFiles } from '../../node-agent/formats/render.ts';
import { fileNames } from '../../node-agent/spec/files.ts';
import { parseSpec } from '../../node-agent/spec/parse-spec.ts';
import { VolumeFiles } from '../../node-agent/volume/files.ts';
import { createHome, type VolumeHome } from '../../node-agent/volume/home.ts';
import { SURROUNDINGS, publishRequest } from '../spec/publish-request.ts';
import { issuedContents } from '../support/issued-contents.ts';
import { filePairs, type Pairs } from './attribute-values.ts';
import { SECRET } from './hostile.ts';
import { plainDisk, tmpfsFolder } from './plain-disk.ts';
import { type Subject, property } from './property.ts';

/** The files of a volume as a pod names them, written for real. */
export const fileSets: Subject = {
  name: 'file sets',
  async properties(context) {
    const root = tmpfsFolder(context);
    const contents = await issuedContents();
    return [
      property(
        'the files that a volume is said to have are those that are made, each once',
        { inputs: filePairs, weight: 1, reaches: ['made', 'refused'] },
        async (pairs) => {
          const result = parsed(pairs);
          if (result.kind === 'refused') return 'refused';
          const made = await renderFiles(contents, result.spec.files);
          assert.deepEqual(made.map(({ name }) => name).toSorted(), fileNames(result.spec.files).toSorted());
          return 'made';
        },
      ),
      property(
        'every file that a pod may name is written into its set and seen by its name, and nothing else is',
        { inputs: filePairs, weight: 0.3, reaches: ['written', 'refused'] },
        async (pairs) => {
          const result = parsed(pairs);
          if (result.kind === 'refused') return 'refused';
          const home = createHome(root).volume(result.volumeId);
          for (const directory of [home.directory, home.partsDirectory]) mkdirSync(directory, { recursive: true });
          const set = await renderFiles(contents, result.spec.files);
          const files = new VolumeFiles(plainDisk, home);
          const generation = { number: 1, renewals: 0, lateMs: 0, receivedAt: new Date('2026-11-25T12:00:00Z'), contents };
          await files.stage(generation, set, undefined);
          await files.swap(1);
          requireWritten(
            root,
            home,
            set.map(({ name }) => name),
          );
          for (const { name, content } of set) assert.ok(readFileSync(home.visible(name)).equals(Buffer.from(content)), name);
          await files.discard(1);
          for (const below of readdirSync(root)) rmSync(join(root, below), { recursive: true });
          return 'written';
        },
      ),
    ];
  },
};

function parsed(pairs: Pairs) {
  return parseSpec(publishRequest(Object.fromEntries(pairs), { secrets: { store: SECRET } }), SURROUNDINGS);
}

function requireWritten(root: string, home: VolumeHome, names: readonly string[]): void {
  const inSet = names.map((name) => join('..1', name));
  assert.deepEqual(new Set(readdirSync(home.directory)), new Set(['..1', '..data', ...names]));
  assert.deepEqual(new Set(readdirSync(home.set(1)).map((name) => join('..1', name))), new Set(inSet));
  for (const name of names) assert.equal(readlinkSync(home.visible(name)), `..data/${name}`);
  const all = readdirSync(root, { recursive: true, encoding: 'utf8' }).map((path) => join(root, path));
  const outside = all.filter((path) => ![home.directory, home.state].some((own) => path.startsWith(own) || own.startsWith(path)));
  assert.deepEqual(
    outside.map((path) => relative(root, path)),
    [],
  );
  assert.ok(existsSync(home.parts(1)));
}
