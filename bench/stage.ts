import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unmount } from '../node-agent/volume/kernel.ts';
import { mountsBelow } from '../test/support/temporary-folder.ts';
import { interruption, unlessAborted } from './interruption.ts';
import { openKubernetesApi, type KubernetesApi } from './kubernetes-api.ts';

/** Where something is measured: a folder and an API server, for one run. */
export interface Stage {
  /** Of the run's own, mounts and all. */
  readonly folder: string;
  readonly api: KubernetesApi;
  /** Ends it with the stage, or at once where that has ended; what was given last ends first. */
  use<Thing extends AsyncDisposable>(thing: Thing): Thing;
}

/**
 * Sets the stage, measures, and clears it away, however the measuring ends: with a result, an error, SIGINT or SIGTERM. Call it in
 * mounts of its own.
 */
export async function onStage<Result>(measure: (stage: Stage) => Promise<Result>): Promise<Result> {
  const interrupted = interruption();
  await using things = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'podcert-bench-'));
  things.defer(() => remove(folder));
  // Not raced: where it is interrupted, it ends by itself what it has started.
  const api = things.use(await openKubernetesApi(folder, interrupted));
  const stage: Stage = {
    folder,
    api,
    use(thing) {
      if (!things.disposed) return things.use(thing);
      void thing[Symbol.asyncDispose]();
      throw new Error('The stage is being cleared');
    },
  };
  return await unlessAborted(measure(stage), interrupted);
}

function remove(folder: string): void {
  for (const path of mountsBelow(folder).toReversed()) unmount(path);
  rmSync(folder, { recursive: true, force: true });
}
