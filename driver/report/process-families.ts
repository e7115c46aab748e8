import type { Family, Labels } from './exposition.ts';

/** The usual metrics of a process (Prometheus, "Writing client libraries", process metrics), and which build this is. */
export function describeProcess(version: string): Family[] {
  const { user, system } = process.cpuUsage();
  return [
    single('podcert_build_info', 'gauge', 'Always 1; the labels tell the versions.', 1, { version, node_version: process.versions.node }),
    single('process_start_time_seconds', 'gauge', 'When the process started, in Unix time.', performance.timeOrigin / 1000),
    single('process_cpu_seconds', 'counter', 'CPU time used, user and system.', (user + system) / 1_000_000),
    single('process_resident_memory_bytes', 'gauge', 'Resident memory.', process.memoryUsage.rss()),
  ];
}

function single(name: string, type: 'counter' | 'gauge', help: string, value: number, labels: Labels = {}): Family {
  return { name, type, help, samples: [{ labels, value }] };
}
