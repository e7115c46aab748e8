import type { Family } from './exposition.ts';
import { familyOf, singleOf, type MetricName } from './metric-table.ts';
import type { ProcessStatus } from './process-status.ts';

/** The usual metrics of a process (Prometheus, "Writing client libraries", process metrics), those of its event loop, and which build this is. */
export function describeProcess(version: string, status: ProcessStatus): Family[] {
  const values: readonly (readonly [MetricName, number | undefined])[] = [
    ['podcert_event_loop_active_seconds', status.activeSeconds],
    ['podcert_event_loop_turns', status.turns],
    ['podcert_event_loop_lag_seconds', status.lagSeconds],
    ['process_start_time_seconds', status.startedAt.getTime() / 1_000],
    ['process_cpu_seconds', status.cpuSeconds],
    ['process_resident_memory_bytes', status.residentBytes],
    ['process_virtual_memory_bytes', status.virtualBytes],
    ['process_open_fds', status.openFiles],
    ['process_max_fds', status.mostFiles],
  ];
  const build = familyOf('podcert_build_info', [{ labels: { version, node_version: process.versions.node }, value: 1 }]);
  return [build, ...values.flatMap(([name, value]) => (value === undefined ? [] : [singleOf(name, value)]))];
}
