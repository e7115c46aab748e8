import type { Clock } from '../clock.ts';
import { cannotReach, type Connection } from './connection.ts';
import { openPodAccount } from './pod-account.ts';

/** Where the API server is said to be. */
export interface ConnectionOptions {
  /** A kubeconfig file; without one, the account of the pod we run in. */
  readonly kubeconfig?: string;
  /** A context of the kubeconfig file instead of its current one. */
  readonly context?: string;
  /** The API server of the cluster whose pod we are. */
  readonly server?: string;
}

/**
 * Opens the way that the options name; no call is made.
 * @throws {AgentError} `misconfigured` that names the flag and the cure.
 */
export async function connect({ kubeconfig, context, server }: ConnectionOptions, clock: Clock): Promise<Connection> {
  if (kubeconfig !== undefined) {
    // Loaded only here: all that a kubeconfig may ask for, such as OpenID and proxies, takes memory that no pod needs.
    const { openKubeconfig } = await import('./kubeconfig.ts');
    return openKubeconfig(kubeconfig, context);
  }
  const cure = 'name a kubeconfig file';
  if (context !== undefined) throw cannotReach({ field: '--context', value: context, why: 'it belongs to a kubeconfig', cure });
  if (server !== undefined) return openPodAccount(server, clock);
  throw cannotReach({ field: '--kubeconfig', why: 'this process does not run in a pod with a service account', cure });
}
