import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { volumeIdOf } from '../demo/kubelet.ts';
import { hasOwnMounts, runWithOwnMounts } from '../demo/own-mounts.ts';
import { MINUTE_MS } from '../node-agent/clock.ts';
import { BenchDriver, benchVolume } from './driver.ts';
import { formatFigures, isReached } from './figures.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import { readRenewals } from './rotation/driver-log.ts';
import { figuresOf, type Outcome } from './rotation/figures.ts';
import { latenessesOf } from './rotation/lateness.ts';
import { Reader } from './rotation/reader.ts';
import { startSigner } from './signer.ts';
import { onStage, type Stage } from './stage.ts';

interface Length {
  readonly volumes: number;
  readonly readForMs: number;
}

const FULL: Length = { volumes: 1_000, readForMs: 10 * MINUTE_MS };
const QUICK: Length = { volumes: 110, readForMs: MINUTE_MS };
const LIFETIME_MS = MINUTE_MS;
/** Long enough for a certificate that was signed to be in its volume. */
const SETTLE_MS = 5_000;

/**
 * `npm run bench:rotation` has 1,000 volumes with certificates of a minute for ten minutes, reads them all the while, and prints what was
 * wrong with them and what their rotations cost. `--quick` has 110 for a minute, `--json <file>` writes the figures. The exit status is 1
 * where a target is missed.
 */
async function main(args: readonly string[]): Promise<number> {
  const { quick, json } = parseArgs({
    args: [...args],
    options: { quick: { type: 'boolean', default: false }, json: { type: 'string' } },
  }).values;
  const figures = figuresOf(await onStage((stage) => measure(stage, quick ? QUICK : FULL)));
  process.stdout.write(`${formatFigures(figures)}\n`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(figures, undefined, 2)}\n`);
  return figures.every(isReached) ? 0 : 1;
}

async function measure(stage: Stage, { volumes, readForMs }: Length): Promise<Outcome> {
  const signer = await startSigner(stage, LIFETIME_MS);
  await BenchDriver.prepare(stage);
  const driver = await BenchDriver.start(stage, { logLevel: 2 });
  const { kubelet } = driver;
  const attributes = { 'csi.cert-manager.io/duration': `${LIFETIME_MS / 1_000}s` };
  const all = Array.from({ length: volumes }, (_, index) => benchVolume(`rotated-${index}`, 'ECDSA', attributes));
  await driver.calls.publish(all, 100);
  const reader = new Reader();
  const [{ cpuMs }, { renewed }] = [await driver.usage(), readRenewals(driver.log)];
  const places = all.map((volume) => ({ volumeId: volumeIdOf(volume), target: kubelet.targetPath(volume) }));
  await reader.read(places, AbortSignal.timeout(readForMs));
  const read = { cpuMs: (await driver.usage()).cpuMs - cpuMs, renewed: readRenewals(driver.log).renewed - renewed };
  // A moment at which nothing is under way: what is requested now stays pending, and that can be counted.
  await signer[Symbol.asyncDispose]();
  await pause(SETTLE_MS);
  await driver.kill();
  const { plans, ...counted } = readRenewals(driver.log);
  const whole = { ...counted, calls: await stage.api.driverCalls(), pending: await countPending(stage.api) };
  const { looks, expired, mismatched, seen } = reader;
  return {
    volumes,
    read: { ...read, looks, expired: expired.size, mismatched: mismatched.size, latenesses: latenessesOf(seen, plans) },
    whole,
  };
}

/** The requests that nobody has signed. */
async function countPending({ client }: KubernetesApi): Promise<number> {
  const { items } = await client.call('GET', '/apis/cert-manager.io/v1/certificaterequests');
  return items.filter(({ status }) => status === undefined).length;
}

const self = fileURLToPath(import.meta.url);
const args = process.argv.slice(2);
process.exitCode = hasOwnMounts() ? await main(args) : runWithOwnMounts([self, ...args]);
