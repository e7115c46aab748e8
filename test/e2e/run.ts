import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { imageArchitecture } from '../../image/image-config.ts';
import { VERSION } from '../../driver/version.ts';

const ROOT = join(import.meta.dirname, '../..');
const ARCHIVE = `dist-image/podcert-${VERSION}-${imageArchitecture()}.tar`;

/**
 * `npm run e2e [-- --keep] [<test files>]` makes the image, starts the cluster of test/cluster and takes it down again;
 * `npm run e2e -- --kubeconfig <file> --image <reference>` tests any other cluster, which must have cert-manager and be able to pull the image.
 * Options that are not ours, such as `--test-name-pattern=…`, go to Node's test runner.
 */
async function main(): Promise<number> {
  const { values, tokens } = parseArgs({
    options: { kubeconfig: { type: 'string' }, image: { type: 'string' }, keep: { type: 'boolean', default: false } },
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const { kubeconfig, image, keep } = values as { kubeconfig?: string; image?: string; keep: boolean };
  const named = tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : []));
  const foreign = tokens.flatMap((token) => (token.kind === 'option' && !(token.name in { kubeconfig, image, keep }) ? [token] : []));
  const runnerOptions = foreign.map(({ rawName, value }) => (value === undefined ? rawName : `${rawName}=${value}`));
  const environment = {
    ...(kubeconfig !== undefined && { PODCERT_E2E_KUBECONFIG: kubeconfig }),
    ...(image !== undefined && { PODCERT_E2E_IMAGE: image }),
    ...(keep && { PODCERT_E2E_KEEP: '1' }),
  };
  const test = () => runTests(named, runnerOptions, environment);
  return kubeconfig === undefined ? withOwnCluster(test, keep) : test();
}

async function withOwnCluster(test: () => Promise<number>, keep: boolean): Promise<number> {
  try {
    await succeed('image/make.ts', ARCHIVE);
    await succeed('test/cluster/up.ts', '--image', ARCHIVE);
    return await test();
  } finally {
    if (!keep) await succeed('test/cluster/down.ts');
  }
}

async function runTests(
  named: readonly string[],
  options: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<number> {
  const env = { ...process.env, ...environment };
  const installed = await runNode(['test/e2e/install-cli.ts'], env);
  if (installed !== 0) return installed;
  const files = named.length > 0 ? named : globSync('test/e2e/**/*.test.ts', { cwd: ROOT }).toSorted();
  // One file after the other: they restart what all of them need.
  return runNode(['--test', '--test-concurrency=1', '--test-timeout=600000', ...options, ...files], env);
}

async function succeed(...args: readonly string[]): Promise<void> {
  const status = await runNode(args, process.env);
  if (status !== 0) throw new Error(`"node ${args.join(' ')}" ended with ${status}`);
}

/** Runs a program of ours to its end, which an interrupt of this one brings on: both get the terminal's signal, and we outlive it to clean up. */
async function runNode(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: 'inherit' });
  const [status] = (await once(child, 'close')) as [number | null];
  return status ?? 1;
}

process.on('SIGINT', () => undefined);
process.exitCode = await main();
