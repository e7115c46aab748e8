import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { hasOwnMounts, runWithOwnMounts } from '../demo/own-mounts.ts';
import { BenchDriver } from './driver.ts';
import { formatFigures, regressions, type Figure } from './figures.ts';
import { openFloor } from './floor.ts';
import { fillFigures, FULL, latencyFigures, peakFigures, QUICK, usageFigures, type Length } from './measure.ts';
import { restartFigures } from './restart.ts';
import { startSigner } from './signer.ts';
import { onStage, type Stage } from './stage.ts';

/** The figures of the last run that was kept, by `--keep`. */
const KEPT = fileURLToPath(new URL('figures.json', import.meta.url));

/**
 * `npm run bench` measures the driver next to the floor, against a real API server, and prints one table. `--quick` takes less than two
 * minutes and fails where a figure is half as bad again as the kept one; `--json <file>` writes the figures; `--keep` keeps them.
 */
async function main(args: readonly string[]): Promise<number> {
  const options = {
    quick: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    json: { type: 'string' },
  } as const;
  const { values } = parseArgs({ args: [...args], options });
  const figures = await onStage((stage) => measure(stage, values.quick ? QUICK : FULL));
  const before = JSON.parse(readFileSync(KEPT, 'utf8')) as readonly Figure[];
  process.stdout.write(`${formatFigures(figures, before)}\n`);
  const text = `${JSON.stringify(figures, undefined, 2)}\n`;
  if (values.json !== undefined) writeFileSync(values.json, text);
  if (values.keep) writeFileSync(KEPT, text);
  const worse = values.quick ? regressions(figures, before) : [];
  for (const line of worse) process.stderr.write(`✘ worse than before: ${line}\n`);
  return worse.length === 0 ? 0 : 1;
}

async function measure(stage: Stage, length: Length): Promise<readonly Figure[]> {
  const { api } = stage;
  await startSigner(stage);
  const floor = stage.use(await openFloor(api.kubeconfig));
  await BenchDriver.prepare(stage);
  const figures: Figure[] = [];
  const add = (name: string, more: readonly Figure[]) => {
    process.stderr.write(`${name}\n`);
    figures.push(...more);
  };
  const first = await BenchDriver.start(stage);
  add('latencies', await latencyFigures({ api, floor, driver: first }, length));
  add('its peak', await peakFigures(first, length));
  await first.kill();
  // As a cluster's garbage collector would, their pods being gone.
  await api.client.call('DELETE', '/apis/cert-manager.io/v1/namespaces/default/certificaterequests');
  // Another one, since what a process has once needed it keeps.
  const driver = await BenchDriver.start(stage);
  add('the driver at rest', await usageFigures(driver, 0, length));
  let from = 0;
  for (const to of length.volumes) {
    add(`up to ${to} volumes`, await fillFigures(driver, api, from, to));
    add(`at rest with ${to} volumes`, await usageFigures(driver, to, length));
    from = to;
  }
  if (length.isCrowded) add(`latencies beside ${from} volumes`, await latencyFigures({ api, floor, driver }, length, from));
  add('restart', await restartFigures(stage, driver, from));
  return figures;
}

const self = fileURLToPath(import.meta.url);
const args = process.argv.slice(2);
process.exitCode = hasOwnMounts() ? await main(args) : runWithOwnMounts([self, ...args]);
