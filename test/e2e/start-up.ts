import { kubectl } from './cluster-access.ts';
import { driverLog } from './driver-log.ts';
import { sumOfMetric } from './driver-pods.ts';
import { DRIVER_NAMESPACE, waitForDriver } from './install.ts';
import { waitFor } from './wait.ts';

/** From the start of the driver's process. */
export interface StartUp {
  /** Until kubelet can call it. */
  readonly servingMs: number;
  /** Until kubelet has registered it: kubelet looks for new sockets once a second. */
  readonly registeredMs: number;
}

/** Deletes the driver's pod and measures how its successor starts. The cluster must have one node. */
export async function measureStartUp(): Promise<StartUp> {
  await kubectl(['delete', 'pod', '--selector=app.kubernetes.io/name=podcert', `--namespace=${DRIVER_NAMESPACE}`, '--timeout=60s']);
  await waitForDriver();
  const servingAt = await loggedAt('serving');
  const registeredAt = await loggedAt('kubelet registered the driver');
  const startedAtMs = 1_000 * (await sumOfMetric(/^process_start_time_seconds /));
  return { servingMs: servingAt.getTime() - startedAtMs, registeredMs: registeredAt.getTime() - startedAtMs };
}

function loggedAt(message: string): Promise<Date> {
  return waitFor(`"${message}" in the log`, DRIVER_NAMESPACE, 30_000, async () => {
    const time = (await driverLog()).find((line) => line.message === message)?.time;
    return time === undefined ? undefined : new Date(time);
  });
}
