import { ClusterFailure } from './failure.ts';
import { findStarter } from './starter.ts';
import { takeDown } from './take-down.ts';

/** `npm run cluster:down`. */
async function main(): Promise<number> {
  const starter = await findStarter();
  if (starter !== undefined) throw new ClusterFailure(`The cluster is being started by process ${starter.pid}: wait for it, or end it.`);
  const wasUp = await takeDown(new AbortController().signal);
  console.log(wasUp ? 'The cluster is down.' : 'The cluster was not up.');
  return 0;
}

process.exitCode = await main().catch((error: unknown) => {
  if (!(error instanceof ClusterFailure)) throw error;
  console.error(error.message);
  return 1;
});
