import { kubectl } from './cluster-access.ts';
import { DRIVER_NAMESPACE } from './install.ts';

/** What we read of a line of the driver's log; the last four are of the line about a call. */
export interface LogLine {
  readonly time: string;
  readonly message: string;
  readonly method?: string;
  readonly volumeId?: string;
  readonly code?: string;
  readonly durationMs?: number;
}

/** All lines of the driver's log since it was started; of one node, where there are several. */
export async function driverLog(): Promise<readonly LogLine[]> {
  const log = await kubectl(['logs', 'daemonset/podcert', `--namespace=${DRIVER_NAMESPACE}`]);
  return log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as LogLine);
}
