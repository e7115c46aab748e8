import { readFile } from 'node:fs/promises';
import { SourceMap } from 'node:module';
import type { Profiler } from 'node:inspector/promises';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasOwnMounts, runWithOwnMounts } from '../demo/own-mounts.ts';
import { BenchDriver } from './driver.ts';
import { publishMany } from './latency.ts';
import { askPreload, preparePreload } from './preload.ts';
import { partsOf, type Part, type SourceOf } from './profile/parts.ts';
import { startSigner } from './signer.ts';
import { onStage, type Stage } from './stage.ts';

const ROOT = join(import.meta.dirname, '..');
const BURSTS = 10;
const BURST = 110;

/**
 * `npm run bench:profile` publishes 110 volumes at once, ten times, and prints what the driver's thread did meanwhile. One burst before
 * that is not counted, since it compiles.
 */
async function main(): Promise<number> {
  const parts = await onStage(measure);
  const wholeMs = parts.reduce((sum, { ms }) => sum + ms, 0);
  const rows = parts.map(({ name, ms }) => `| ${name} | ${((100 * ms) / wholeMs).toFixed(1)} % | ${(ms / (BURSTS * BURST)).toFixed(2)} |`);
  const all = `| all | | ${(wholeMs / (BURSTS * BURST)).toFixed(2)} |`;
  process.stdout.write(`${['| part | share | ms a publish |', '|---|---|---|', ...rows, all].join('\n')}\n`);
  return 0;
}

async function measure(stage: Stage): Promise<readonly Part[]> {
  await startSigner(stage);
  await BenchDriver.prepare(stage);
  const preload = await preparePreload(stage.folder, new URL('profile/profiler.ts', import.meta.url));
  const driver = await BenchDriver.start(stage, { preload });
  await burst(driver, 0);
  await askPreload(driver.process);
  for (let round = 1; round <= BURSTS; round += 1) await burst(driver, round);
  const profile = (await askPreload(driver.process)) as Profiler.Profile;
  return partsOf(profile, await readSources(join(stage.folder, 'dist')));
}

/** Publishes the volumes of a round at once. */
function burst(driver: BenchDriver, round: number): Promise<unknown> {
  return publishMany(driver, round * BURST, (round + 1) * BURST, BURST);
}

/** By the map that was made beside the bundle. */
async function readSources(dist: string): Promise<SourceOf> {
  const map = new SourceMap(JSON.parse(await readFile(join(dist, 'driver.mjs.map'), 'utf8')));
  return (line, column) => {
    const entry = map.findEntry(line, column);
    return 'originalSource' in entry ? relative(ROOT, resolve(dist, entry.originalSource)) : undefined;
  };
}

process.exitCode = hasOwnMounts() ? await main() : runWithOwnMounts([fileURLToPath(import.meta.url)]);
