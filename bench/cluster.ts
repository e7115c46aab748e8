import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { KUBECONFIG } from '../test/cluster/folders.ts';
import { createAuthority } from '../test/e2e/issuers.ts';
import { createNamespace, deleteNamespace } from '../test/e2e/namespaces.ts';
import { openApiClient } from '../test/support/api-client.ts';
import type { Contents } from './cluster/deployment.ts';
import { figureOf, type Round } from './cluster/figure.ts';
import { timeUntilReady } from './cluster/time-until-ready.ts';
import { formatFigures, isReached } from './figures.ts';
import { interruption, unlessAborted } from './interruption.ts';

/** What is measured, and how often. */
interface Wanted {
  readonly pods: number;
  readonly rounds: number;
  readonly key: string;
}

/**
 * `npm run bench:cluster`: how long 100 pods of one Deployment take to be Ready with a certificate volume each, over the same with an
 * emptyDir, on the cluster of `npm run e2e`, which starts this. `--pods=…` and `--rounds=…` take other numbers, `--key=RSA` other keys,
 * `--json=<file>` writes the figure. The exit status is 1 where the target is missed.
 */
async function main(): Promise<number> {
  const options = {
    pods: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '3' },
    key: { type: 'string', default: 'ECDSA' },
    json: { type: 'string' },
  } as const;
  const { json, ...values } = parseArgs({ options }).values;
  const wanted: Wanted = { pods: Number(values.pods), rounds: Number(values.rounds), key: values.key };
  const figure = figureOf(`${wanted.pods} pods Ready, ${wanted.key} keys`, await measureInOwnNamespace(wanted));
  process.stdout.write(`${formatFigures([figure])}\n`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(figure, undefined, 2)}\n`);
  return isReached(figure) ? 0 : 1;
}

async function measureInOwnNamespace(wanted: Wanted): Promise<readonly Round[]> {
  const interrupted = interruption();
  const namespace = `podcert-bench-${randomBytes(3).toString('hex')}`;
  try {
    await createNamespace(namespace);
    await createAuthority(namespace);
    return await unlessAborted(measure(namespace, wanted), interrupted);
  } finally {
    await deleteNamespace(namespace);
  }
}

/** By turns, and each goes first as often as the other. */
async function measure(namespace: string, { pods, rounds, key }: Wanted): Promise<readonly Round[]> {
  const client = openApiClient(KUBECONFIG);
  const measured: Round[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const time = (contents: Contents) => timeUntilReady(client, { namespace, name: `${contents}-${round}`, pods, contents, key });
    const isFirst = round % 2 === 0;
    const before = isFirst ? await time('nothing') : undefined;
    const certificate = await time('certificate');
    measured.push({ certificate, nothing: before ?? (await time('nothing')) });
    process.stderr.write(`round ${round + 1} of ${rounds}\n`);
  }
  client.close();
  return measured;
}

process.exitCode = await main();
