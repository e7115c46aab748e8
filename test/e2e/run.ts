import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { VERSION } from '../../driver/version.ts';
import { imageArchitecture } from '../../image/image-config.ts';

const ROOT = join(import.meta.dirname, '../..');
const ARCHIVE = `dist-image/podcert-${VERSION}-${imageArchitecture()}.tar`;
/** EX_USAGE of sysexits.h. */
const USAGE = 64;
const OPTIONS = {
  kubeconfig: { type: 'string' },
  image: { type: 'string' },
  keep: { type: 'boolean' },
  measure: { type: 'boolean' },
  picture: { type: 'boolean' },
  bench: { type: 'boolean' },
} as const;

/**
 * `npm run e2e [-- --keep] [<test files>]` makes the image, starts the cluster of test/cluster and takes it down again;
 * `npm run e2e -- --kubeconfig <file> --image <reference>` tests any other cluster, which must have cert-manager and be able to pull the image;
 * `npm run e2e -- --measure` measures on our own cluster instead, into docs/conformance.md; `npm run bench:cluster` (`--bench`) runs bench/cluster.ts there;
 * `npm run e2e -- --picture` also draws docs/dashboard.svg from what test/e2e/monitoring.test.ts measures.
 * Options that are not ours, such as `--test-name-pattern=…`, go to Node's test runner, or to the bench.
 */
async function main(): Promise<number> {
  const { values, tokens, positionals } = parseArgs({ options: OPTIONS, strict: false, allowPositionals: true, tokens: true });
  const { kubeconfig, image, keep, measure, picture, bench } = values;
  const isOwn = kubeconfig === undefined;
  if (isOwn ? image !== undefined : (measure ?? bench) !== undefined) {
    console.error(
      '--image goes with --kubeconfig: our own cluster gets the image made here. --measure and --bench go without: what they tell is of ours.',
    );
    return USAGE;
  }
  const foreign = tokens.filter((token) => token.kind === 'option').filter(({ name }) => !Object.hasOwn(OPTIONS, name));
  const runnerOptions = foreign.map(({ rawName, value }) => (value === undefined ? rawName : `${rawName}=${value}`));
  const env = {
    ...process.env,
    ...(typeof kubeconfig === 'string' && { PODCERT_E2E_KUBECONFIG: kubeconfig }),
    ...(typeof image === 'string' && { PODCERT_E2E_IMAGE: image }),
    ...(keep === true && { PODCERT_E2E_KEEP: '1' }),
    ...(picture === true && { PODCERT_E2E_PICTURE: '1' }),
  };
  const work = async () => {
    await succeed(['test/e2e/install-cli.ts'], env);
    if (measure === true) return runNode(['test/e2e/measure.ts'], env);
    if (bench === true) return runNode(['bench/cluster.ts', ...runnerOptions], env);
    return runTests(runnerOptions, positionals, env);
  };
  return isOwn ? inOwnCluster(work, keep === true) : work();
}

async function inOwnCluster(work: () => Promise<number>, keep: boolean): Promise<number> {
  await succeed(['image/make.ts', ARCHIVE], process.env);
  try {
    await succeed(['test/cluster/up.ts', '--image', ARCHIVE], process.env);
    return await work();
  } finally {
    if (!keep) await succeed(['test/cluster/down.ts'], process.env);
  }
}

async function runTests(options: readonly string[], named: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const files = named.length > 0 ? named : globSync('test/e2e/*.test.ts', { cwd: ROOT }).toSorted();
  // One file after the other: they restart what all of them need.
  return runNode(['--test', '--test-concurrency=1', '--test-timeout=600000', ...options, ...files], env);
}

async function succeed(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const status = await runNode(args, env);
  if (status !== 0) throw new Error(`"node ${args.join(' ')}" ended with ${status}`);
}

/** What runs at the moment. */
let child: ChildProcess | undefined;

async function runNode(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: 'inherit' });
  const [status] = (await once(child, 'close')) as [number | null];
  return status ?? 1;
}

// What runs at the moment ends, and we outlive it to take the cluster down. A terminal interrupts both by itself.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => child?.kill('SIGTERM'));
process.exitCode = await main();
