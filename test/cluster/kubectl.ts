import { join } from 'node:path';
import { runCommand } from './command.ts';
import { KUBECONFIG, STATE } from './folders.ts';

/** Runs kubectl as the admin. @param input what it reads with `-f -`. @returns its output. @throws {ClusterFailure} with what it says. */
export function kubectl(args: readonly string[], signal: AbortSignal, input?: string): Promise<string> {
  // What kubectl remembers of the API goes with the cluster, and no proxy of the machine comes between.
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], KUBECONFIG, KUBECACHEDIR: join(STATE, 'kubectl') };
  const options = input === undefined ? { env } : { env, input };
  return runCommand([join(STATE, 'programs', 'bin', 'kubectl'), ...args], options, signal);
}
