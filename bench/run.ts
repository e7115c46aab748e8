import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { hasOwnMounts, runWithOwnMounts } from '../demo/own-mounts.ts';
import { unmount } from '../node-agent/volume/kernel.ts';
import { mountsBelow } from '../test/support/temporary-folder.ts';
import { startChild } from './child.ts';
import { makeCsr } from './csr.ts';
import { BenchDriver } from './driver.ts';
import { formatFigures, regressions, type Figure } from './figures.ts';
import { openFloor } from './floor.ts';
import { openKubernetesApi, type KubernetesApi } from './kubernetes-api.ts';
import { fillFigures, FULL, latencyFigures, QUICK, usageFigures, type Length } from './measure.ts';

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
  const figures = await measure(values.quick ? QUICK : FULL);
  const before = JSON.parse(readFileSync(KEPT, 'utf8')) as readonly Figure[];
  process.stdout.write(`${formatFigures(figures, before)}\n`);
  const text = `${JSON.stringify(figures, undefined, 2)}\n`;
  if (values.json !== undefined) writeFileSync(values.json, text);
  if (values.keep) writeFileSync(KEPT, text);
  const worse = values.quick ? regressions(figures, before) : [];
  for (const line of worse) process.stderr.write(`✘ worse than before: ${line}\n`);
  return worse.length === 0 ? 0 : 1;
}

async function measure(length: Length): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'podcert-bench-'));
  try {
    await using api = await openKubernetesApi(folder, new AbortController().signal);
    return await measureOn(api, folder, length);
  } finally {
    for (const path of mountsBelow(folder).toReversed()) unmount(path);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureOn(api: KubernetesApi, folder: string, length: Length): Promise<readonly Figure[]> {
  await using _signer = await startChild('signer-process.ts', [api.kubeconfig]);
  await using floor = await openFloor(api.kubeconfig, await makeCsr());
  await BenchDriver.prepare(folder, api);
  await using driver = await BenchDriver.start(folder, api);
  const figures: Figure[] = [];
  const add = (name: string, more: readonly Figure[]) => {
    process.stderr.write(`${name}\n`);
    figures.push(...more);
  };
  add('the driver at rest', await usageFigures(driver, 0, length));
  let from = 0;
  for (const to of length.volumes) {
    add(`up to ${to} volumes`, await fillFigures(driver, api, from, to));
    add(`at rest with ${to} volumes`, await usageFigures(driver, to, length));
    from = to;
  }
  add('latencies', await latencyFigures(driver, floor, length));
  return figures;
}

const self = fileURLToPath(import.meta.url);
const args = process.argv.slice(2);
process.exitCode = hasOwnMounts() ? await main(args) : runWithOwnMounts([self, ...args]);
