import { createPrivateKey, X509Certificate } from 'node:crypto';
import { closeSync, openSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { generationOf } from './generation-text.ts';
import { PLACE } from './set-reader.ts';
import type { ReaderData, Way } from './set-reader.ts';

const PAIR = ['tls.key', 'tls.crt'];

function readAll(folder: string, names: readonly string[]): readonly string[] {
  return names.map((name) => readFileSync(join(folder, name), 'utf8'));
}

const READINGS: Readonly<Record<Way, (folder: string) => readonly string[]>> = {
  set: (folder) => readAll(join(folder, readlinkSync(join(folder, '..data'))), PAIR),
  handle(folder) {
    const held = openSync(join(folder, '..data'), 'r');
    try {
      return readAll(`/proc/self/fd/${held}`, PAIR);
    } finally {
      closeSync(held);
    }
  },
  name: (folder) => readAll(folder, ['tls.key']),
  combined: (folder) => readAll(folder, ['all.pem']),
  names: (folder) => readAll(folder, PAIR),
};

/** @returns in what way the texts do not belong together. */
const JUDGES: Readonly<Record<ReaderData['judge'], (texts: readonly string[]) => string | undefined>> = {
  generation(texts) {
    const found = texts.map(generationOf);
    return new Set(found).size === 1 ? undefined : `one round saw the generations ${found.join(' and ')}`;
  },
  pair(texts) {
    const pem = texts.join('');
    return new X509Certificate(pem).checkPrivateKey(createPrivateKey(pem)) ? undefined : 'one round saw a key of another certificate';
  },
};

/** Reads round after round as fast as it can. @returns what went wrong in the first round in which something did. */
function readOn({ folders, ways, judge, shared: buffer }: ReaderData): string | undefined {
  const shared = new Int32Array(buffer);
  for (let round = 0; Atomics.load(shared, PLACE.stop) === 0; round += 1) {
    Atomics.store(shared, PLACE.roundBeganAt, Atomics.load(shared, PLACE.now));
    const way = ways[round % ways.length] as Way;
    const folder = folders[Math.floor(round / ways.length) % folders.length] as string;
    try {
      const problem = JUDGES[judge](READINGS[way](folder));
      if (problem !== undefined && way !== 'names') return `${way}: ${problem}`;
      if (problem !== undefined) Atomics.add(shared, PLACE.straddled, 1);
    } catch (error) {
      return `${way}: ${String(error)}`;
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
