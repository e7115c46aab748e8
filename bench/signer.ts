import { once } from 'node:events';
import { DAY_MS } from '../node-agent/clock.ts';
import { startProgram } from './program.ts';
import type { Stage } from './stage.ts';

/** As pods ask for by default: a difference would be told by an event for each. */
const USUAL_LIFETIME_MS = 90 * DAY_MS;

/**
 * Starts the program `test/cluster/programs/quick-signer`, which signs every CertificateRequest at once; it ends with the stage, if not before.
 * @throws {Error} where it ended instead.
 */
export async function startSigner(stage: Stage, lifetimeMs: number = USUAL_LIFETIME_MS): Promise<AsyncDisposable> {
  const signer = stage.use(startProgram(stage, 'quick-signer', [`--kubeconfig=${stage.api.kubeconfig}`, `--lifetime=${lifetimeMs}ms`]));
  const died = signer.ended.then((status) => Promise.reject(new Error(`quick-signer ended with ${status}`)));
  await Promise.race([once(signer.stdout, 'data'), died]);
  died.catch(() => undefined);
  return signer;
}
