import { parseArgs } from 'node:util';
import { bringUp } from './bring-up.ts';
import { ClusterFailure } from './failure.ts';
import { KUBECONFIG, STATE } from './folders.ts';
import { loadImage } from './images.ts';
import { findNode } from './node.ts';
import { findProblems } from './requirements.ts';
import { findStarter, isHalfStarted } from './starter.ts';
import { takeDown } from './take-down.ts';

/** EX_UNAVAILABLE of sysexits.h: the machine lacks something. */
const UNAVAILABLE = 69;

/** `npm run cluster:up [-- --image <archive>]…` */
async function main(signal: AbortSignal): Promise<number> {
  const { values } = parseArgs({ options: { image: { type: 'string', multiple: true, default: [] } } });
  const starter = await findStarter();
  if (starter !== undefined) throw new ClusterFailure(`The cluster is being started by process ${starter.pid} already.`);
  const running = (await isHalfStarted()) ? undefined : await findNode();
  if (running === undefined) {
    const problems = await findProblems(signal);
    if (problems.length > 0) {
      console.error(['The cluster cannot run on this machine, and nothing has been started:', ...problems].join('\n  - '));
      return UNAVAILABLE;
    }
  }
  const node = running ?? (await startAfresh(signal));
  for (const archive of values.image) await loadImage(node, archive, signal);
  console.log(
    `The cluster is ${running === undefined ? '' : 'already '}up. kubectl is ${STATE}/programs/bin/kubectl; logs are in ${STATE}/logs.`,
  );
  console.log(`export KUBECONFIG=${KUBECONFIG}`);
  return 0;
}

async function startAfresh(signal: AbortSignal): ReturnType<typeof bringUp> {
  // What a crash of this machine or of ours has left.
  await takeDown(signal);
  try {
    return await bringUp(signal);
  } catch (error) {
    // Without the signal: also what was interrupted is cleaned up.
    await takeDown(new AbortController().signal);
    throw error;
  }
}

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => interrupted.abort(new ClusterFailure(`Interrupted by ${name}; nothing is left running.`)));
}
process.exitCode = await main(interrupted.signal).catch((error: unknown) => {
  if (!(error instanceof ClusterFailure)) throw error;
  console.error(error.message);
  return 1;
});
