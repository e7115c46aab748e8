import { join } from 'node:path';
import { runCommand } from './command.ts';
import { KUBECONFIG, STATE } from './folders.ts';

/** The cluster's own kubectl. */
export const KUBECTL = join(STATE, 'programs', 'bin', 'kubectl');

/** Its environment: what it remembers of the API goes with the cluster, no proxy of the machine comes between, and it is the admin's. */
export function kubectlEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: process.env['HOME'], KUBECONFIG, KUBECACHEDIR: join(STATE, 'kubectl') };
}

/** Runs kubectl as the admin. @param input what it reads with `-f -`. @returns its output. @throws {ClusterFailure} with what it says. */
export function kubectl(args: readonly string[], signal: AbortSignal, input?: string): Promise<string> {
  const env = kubectlEnvironment();
  const options = input === undefined ? { env } : { env, input };
  return runCommand([KUBECTL, ...args], options, signal);
}
