import { renameSync, rmdirSync, symlinkSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

/** Swaps a folder for a link and back as fast as it can, each time by one rename(2), until it is stopped. */
function swapOn({ target, victim, stopped }: { target: string; victim: string; stopped: Int32Array }): void {
  const [away, link] = [`${target}-away`, `${target}-link`];
  symlinkSync(victim, link);
  while (Atomics.load(stopped, 0) === 0) {
    attempt(() => renameSync(target, away));
    attempt(() => renameSync(link, target));
    attempt(() => renameSync(target, link));
    attempt(() => renameSync(away, target));
    attempt(() => rmdirSync(away));
  }
}

/** Each step fails where the driver was quicker. */
function attempt(step: () => void): void {
  try {
    step();
  } catch {}
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port, not a window.
parentPort?.postMessage('started');
swapOn(workerData as Parameters<typeof swapOn>[0]);
