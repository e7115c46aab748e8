import { kubectl } from './cluster-access.ts';
import { DRIVER_NAMESPACE } from './install.ts';
import { waitFor } from './wait.ts';

/** kubelet looks at a container every 10 to 15 s. */
const TIMEOUT_MS = 60_000;
/** Long enough for what was freed to be given back. */
const SETTLE_MS = 15_000;

/** The driver's memory as kubelet sees it. @returns the cgroup's working set in bytes, 15 s from now or later. */
export function measureWorkingSet(nodeName: string): Promise<number> {
  const earliestAt = new Date(Date.now() + SETTLE_MS);
  return waitFor('a look at the driver’s memory', DRIVER_NAMESPACE, TIMEOUT_MS, async () => {
    const summary = JSON.parse(await kubectl(['get', `--raw=/api/v1/nodes/${nodeName}/proxy/stats/summary`])) as StatsSummary;
    const pod = summary.pods.find(({ podRef }) => podRef.namespace === DRIVER_NAMESPACE);
    const memory = pod?.containers?.[0]?.memory;
    return memory !== undefined && new Date(memory.time) > earliestAt ? memory.workingSetBytes : undefined;
  });
}

/** The parts we read of kubelet's stats/v1alpha1 Summary. */
interface StatsSummary {
  readonly pods: readonly {
    readonly podRef: { readonly namespace: string };
    readonly containers?: readonly { readonly memory?: { readonly time: string; readonly workingSetBytes: number } }[];
  }[];
}
