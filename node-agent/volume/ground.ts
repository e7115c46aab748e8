import type { Disk } from '../ports.ts';
import type { Ground } from '../volume-view.ts';
import type { Home } from './home.ts';
import { isOurs, isSharedAt } from './mount-table.ts';

/** The folder of kubelet's in a target path: `<kubelet root>/pods/<uid>/volumes/…`; another orchestrator has another one, or none. */
const PODS = /^(\/.*?\/pods)\/[^/]+\/volumes\//;

/** Looks at what the volumes stand on. @param targetPaths of all volumes there are. @throws {AgentError} as `Disk`. */
export async function lookAtGround(disk: Disk, home: Home, targetPaths: readonly string[]): Promise<Ground> {
  const table = await disk.mountTable();
  const folders = new Set([home.root, ...targetPaths.flatMap((path) => PODS.exec(path)?.[1] ?? [])]);
  const state = table.findLast((entry) => isOurs(entry, home.state));
  return {
    dataRoot: home.root,
    unshared: [...folders].filter((path) => !isSharedAt(table, path)),
    ...(state && { state: { path: home.state, isSwappable: !state.options.includes('noswap') } }),
  };
}
