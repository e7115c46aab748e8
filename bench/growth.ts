import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { hasOwnMounts, runWithOwnMounts } from '../demo/own-mounts.ts';
import { BenchDriver } from './driver.ts';
import { formatFigures, isReached, type Figure } from './figures.ts';
import { openFloor } from './floor.ts';
import { prepareInside } from './growth/look-inside.ts';
import { plotOf } from './growth/plot.ts';
import { growthOf, QUANTITIES, type Sample } from './growth/quantities.ts';
import { takeSamples, type Thoroughness } from './growth/sample.ts';
import { tableOf } from './growth/table.ts';
import { restartFigures } from './restart.ts';
import { startSigner } from './signer.ts';
import { onStage, type Stage } from './stage.ts';

// The driver looks once a minute whether volumes have changed: memory has gone back by then, and one round falls into what is measured.
const FULL: Thoroughness = { settleMs: 70_000, idleMs: 60_000, oneByOne: 60 };
const QUICK: Thoroughness = { settleMs: 5_000, idleMs: 10_000, oneByOne: 20 };

/**
 * `npm run bench:growth` fills one driver up to 5,000 volumes and prints what grows with them and how; then it restarts the driver.
 * `--volumes 10,50,200` takes other sizes, `--quick` looks at each for so short a time that idling says nothing, `--svg <file>` draws a
 * plot, `--json <file>` writes all of it. The exit status is 1 where something grows more than it may, or the restart goes wrong.
 */
async function main(args: readonly string[]): Promise<number> {
  const options = {
    volumes: { type: 'string', default: '10,110,1000,5000' },
    quick: { type: 'boolean', default: false },
    svg: { type: 'string' },
    json: { type: 'string' },
  } as const;
  const { volumes, quick, svg, json } = parseArgs({ args: [...args], options }).values;
  const sizes = sizesOf(volumes.split(',').map(Number));
  const { samples, figures } = await onStage((stage) => measure(stage, sizes, quick ? QUICK : FULL));
  process.stdout.write(`${tableOf(samples)}\n\n${formatFigures(figures)}\n`);
  if (svg !== undefined) writeFileSync(svg, plotOf(samples));
  const growth = QUANTITIES.map((quantity) => ({ name: quantity.name, ...growthOf(quantity, samples) }));
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ samples, growth, figures }, undefined, 2)}\n`);
  return growth.every(({ exponent, limit }) => exponent <= limit) && figures.every(isReached) ? 0 : 1;
}

/** @throws {RangeError} for what cannot be filled up to one after the other, or is too little for an exponent. */
function sizesOf(sizes: readonly number[]): readonly number[] {
  const isRising = sizes.every((size, index) => Number.isSafeInteger(size) && size > (sizes[index - 1] ?? 0));
  if (!isRising || sizes.length < 3)
    throw new RangeError(`--volumes takes three numbers or more, each above the one before: ${sizes.join(',')}`);
  return sizes;
}

interface Outcome {
  readonly samples: readonly Sample[];
  readonly figures: readonly Figure[];
}

async function measure(stage: Stage, sizes: readonly number[], thoroughness: Thoroughness): Promise<Outcome> {
  await startSigner(stage);
  const floor = stage.use(await openFloor(stage.api.kubeconfig));
  await BenchDriver.prepare(stage);
  const driver = await BenchDriver.start(stage, { preload: await prepareInside(stage.folder) });
  const samples = await takeSamples(driver, floor, sizes, thoroughness);
  return { samples, figures: await restartFigures(stage, driver, sizes.at(-1) ?? 0) };
}

const self = fileURLToPath(import.meta.url);
const args = process.argv.slice(2);
process.exitCode = hasOwnMounts() ? await main(args) : runWithOwnMounts([self, ...args]);
