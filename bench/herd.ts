import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { areWithinLimits, figuresOf } from './herd/figures.ts';
import { LIFETIME_MS, LIFETIMES, runHerd } from './herd/herd-run.ts';
import { plotOf } from './herd/plot.ts';
import type { Curve } from './herd/plot.ts';
import { PERIOD_MS, SCENARIOS } from './herd/scenarios.ts';
import { tableOf } from './herd/table.ts';

/** Those of the scenarios that are drawn, and how. */
const COLOURS: Readonly<Record<string, string>> = {
  'issuer down in the fourth lifetime': '#c33',
  'nothing is wrong': '#36c',
};

/**
 * `npm run bench:herd` lets 500,000 pods of 5,000 nodes live for five lifetimes of their certificates, under each scenario, and prints how
 * evenly they were renewed. `-- --nodes 50 --pods 100` takes other numbers, `--svg <file>` draws a plot. The exit status is 1
 * where a limit is broken.
 */
function main(): number {
  const options = {
    nodes: { type: 'string', default: '5000' },
    pods: { type: 'string', default: '100' },
    svg: { type: 'string' },
  } as const;
  const { nodes, pods, svg } = parseArgs({ options }).values;
  const size = Number(nodes) * Number(pods);
  if (!Number.isSafeInteger(size) || size <= 0) throw new RangeError(`--nodes ${nodes} --pods ${pods} is no number of pods`);
  const curves: Curve[] = [];
  const outcomes = SCENARIOS.map((scenario) => {
    const record = runHerd(size, scenario.outages);
    const colour = COLOURS[scenario.name];
    if (colour !== undefined) curves.push({ name: scenario.name, colour, bins: record.coarse });
    return { name: scenario.name, figures: figuresOf(record, scenario) };
  });
  const perSecond = (size / PERIOD_MS) * 1_000;
  process.stdout.write(
    `${size.toLocaleString('en')} pods, on average ${perSecond.toFixed(2)} renewals a second\n\n${tableOf(outcomes)}\n\n`,
  );
  const { user, system } = process.cpuUsage();
  const { maxRSS } = process.resourceUsage();
  process.stdout.write(`${((user + system) / 1e6).toFixed(0)} s of CPU, ${(maxRSS / 1024).toFixed(0)} MiB of memory\n`);
  if (svg !== undefined) writeFileSync(svg, plotOf(curves.toReversed(), LIFETIMES * LIFETIME_MS));
  return outcomes.every(({ figures }) => areWithinLimits(figures)) ? 0 : 1;
}

process.exitCode = main();
