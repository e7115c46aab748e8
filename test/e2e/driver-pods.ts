import { getJson, kubectl } from './cluster-access.ts';
import { DRIVER_NAMESPACE } from './install.ts';
import type { Pod } from './pods.ts';

/** The driver's pods, one for each node. */
export async function driverPods(): Promise<readonly Pod[]> {
  const { items } = await getJson<{ items: Pod[] }>([
    'pods',
    `--namespace=${DRIVER_NAMESPACE}`,
    '--selector=app.kubernetes.io/name=podcert',
  ]);
  return items;
}

/** The sum over all nodes of a metric's series whose name and labels match, as the API server's proxy gets it from `/metrics`. */
export async function sumOfMetric(series: RegExp): Promise<number> {
  const pages = await Promise.all((await driverPods()).map(({ metadata }) => scrape(metadata.name)));
  const lines = pages.flatMap((page) => page.split('\n')).filter((line) => series.test(line));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

/** How many volumes the drivers of all nodes know, whatever their state. */
export function countVolumes(): Promise<number> {
  return sumOfMetric(/^podcert_volumes\{/);
}

function scrape(pod: string): Promise<string> {
  return kubectl(['get', `--raw=/api/v1/namespaces/${DRIVER_NAMESPACE}/pods/${pod}:9402/proxy/metrics`]);
}
