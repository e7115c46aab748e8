import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Figure } from '../../bench/figures.ts';
import { withPart } from './part.ts';

const FIGURES = JSON.parse(readFileSync(join(import.meta.dirname, '../../bench/figures.json'), 'utf8')) as readonly Figure[];
const SIZES = [0, 110, 1000];

/** The page with what a node's volumes take, from the figures that `npm run bench -- --keep` kept. */
export function withSizes(page: string): string {
  const head = ['| volumes on the node | memory of the process alone (anonymous) | resident | processor when idle |', '|---|---|---|---|'];
  const rows = SIZES.map((volumes) => rowOf(volumes));
  const peak = `In bursts of 110 pods at once, up to ${shown('resident memory at most, bursts of 110')} were resident; what a burst leaves is given back ten seconds after it.`;
  return withPart(page, 'node', [...head, ...rows, '', peak].join('\n'));
}

function rowOf(volumes: number): string {
  const cells = ['anonymous memory', 'resident memory', 'processor when idle'].map((name) => shown(`${name}, ${volumes} volumes`));
  return `| ${volumes.toLocaleString('en')} | ${cells.join(' | ')} |`;
}

/** @throws {Error} where the bench no longer tells this. */
function shown(name: string): string {
  const figure = FIGURES.find((figure) => figure.name === name);
  if (figure === undefined) throw new Error(`bench/figures.json has no "${name}"`);
  return `${Number(figure.value.toPrecision(2))} ${figure.unit}`;
}
