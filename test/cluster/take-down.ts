import { rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { removePodGroups } from './cgroups.ts';
import { STATE } from './folders.ts';
import { restoreKernelSettings } from './kernel-settings.ts';
import { disconnectNode } from './node-network.ts';
import { endNode, findNode } from './node.ts';

/**
 * Ends whatever there is of the cluster, whole, half-started or left by a crash: processes, mounts, addresses, control groups, state.
 * What `up` has downloaded and built stays. @returns whether there was anything. @throws {ClusterFailure}
 */
export async function takeDown(signal: AbortSignal): Promise<boolean> {
  if (!existsSync(STATE)) return false;
  const node = await findNode();
  if (node !== undefined) await endNode(node, signal);
  await disconnectNode(signal);
  await removePodGroups(signal);
  await restoreKernelSettings();
  // Last: as long as the state is there, a second try knows what to do.
  await rm(STATE, { recursive: true });
  return true;
}
