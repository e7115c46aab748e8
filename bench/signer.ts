import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DAY_MS } from '../node-agent/clock.ts';
import type { Stage } from './stage.ts';

/** As pods ask for by default: a difference would be told by an event for each. */
const USUAL_LIFETIME_MS = 90 * DAY_MS;

/**
 * Starts the program `test/cluster/programs/quick-signer`, which signs every CertificateRequest at once; it ends with the stage, if not before.
 * @throws {Error} where it ended instead.
 */
export async function startSigner(stage: Stage, lifetimeMs: number = USUAL_LIFETIME_MS): Promise<AsyncDisposable> {
  const { kubeconfig, programs } = stage.api;
  const program = join(programs, 'bin/quick-signer');
  const child = spawn(program, [`--kubeconfig=${kubeconfig}`, `--lifetime=${lifetimeMs}ms`], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const signer = stage.use({
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  });
  const died = ended.then(([code]) => Promise.reject(new Error(`quick-signer ended with ${code}`)));
  await Promise.race([once(child.stdout, 'data'), died]);
  died.catch(() => undefined);
  return signer;
}
