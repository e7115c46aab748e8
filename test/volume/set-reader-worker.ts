import { readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { generationOf } from './generation-text.ts';
import { PLACE } from './set-reader.ts';
import type { ReaderData } from './set-reader.ts';

/** Resolves `..data` once and reads two files in what it names. */
function readSet(folder: string): readonly string[] {
  const set = join(folder, readlinkSync(join(folder, '..data')));
  return ['tls.key', 'tls.crt'].map((name) => readFileSync(join(set, name), 'utf8'));
}

/** Opens one visible name. */
function readFile(folder: string): readonly string[] {
  return [readFileSync(join(folder, 'tls.key'), 'utf8')];
}

/** Reads round after round, in one way and the other, as fast as it can. @returns what went wrong in the first round in which something did. */
function readOn({ folder, shared: buffer }: ReaderData): string | undefined {
  const shared = new Int32Array(buffer);
  for (let round = 0; Atomics.load(shared, PLACE.stop) === 0; round += 1) {
    Atomics.store(shared, PLACE.roundBeganAt, Atomics.load(shared, PLACE.now));
    try {
      const found = (round % 2 === 0 ? readSet : readFile)(folder).map(generationOf);
      if (new Set(found).size !== 1) return `one round saw the generations ${found.join(' and ')}`;
    } catch (error) {
      return String(error);
    }
    Atomics.add(shared, PLACE.rounds, 1);
  }
  return undefined;
}

const data = workerData as ReaderData;
const problem = readOn(data);
// A reader that stopped by itself is waited for by nobody.
Atomics.store(new Int32Array(data.shared), PLACE.stop, 1);
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port, not a window.
parentPort?.postMessage(problem);
