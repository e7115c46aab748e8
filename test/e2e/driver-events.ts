import { getJson } from './cluster-access.ts';
import { waitFor } from './wait.ts';

/** What we read of an event of the driver's, through the core API as kubectl does. */
export interface DriverEvent {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly related?: { readonly kind: string; readonly name: string };
  readonly series?: { readonly count: number };
  readonly involvedObject: { readonly uid: string };
}

/** The events that the driver wrote on a pod. */
export async function driverEventsOf(namespace: string, pod: string): Promise<readonly DriverEvent[]> {
  const selector = `--field-selector=involvedObject.name=${pod},reportingComponent=podcert.io/driver`;
  return (await getJson<{ items: readonly DriverEvent[] }>(['events', `--namespace=${namespace}`, selector])).items;
}

/** Waits for an event of the driver's with this reason, and at least this count. @throws {Error} after `timeoutMs`. */
export function waitForDriverEvent(
  {
    namespace,
    pod,
    reason,
    atLeast = 1,
  }: { readonly namespace: string; readonly pod: string; readonly reason: string; readonly atLeast?: number },
  timeoutMs = 60_000,
): Promise<DriverEvent> {
  return waitFor(`${atLeast} times ${reason} on ${namespace}/${pod}`, namespace, timeoutMs, async () =>
    (await driverEventsOf(namespace, pod)).find((event) => event.reason === reason && (event.series?.count ?? 1) >= atLeast),
  );
}
