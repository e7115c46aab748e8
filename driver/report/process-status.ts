import { readdir, readFile } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';

/** How the process fares, in seconds, bytes and numbers since it started. */
export interface ProcessStatus {
  readonly startedAt: Date;
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  /** Absent, like the next ones, where there is no /proc to read it from. */
  readonly virtualBytes?: number;
  readonly openFiles?: number;
  readonly mostFiles?: number;
  /** How long the event loop was not idle, and in how many turns. */
  readonly activeSeconds: number;
  readonly turns: number;
  /** How long all else that the event loop had to do took just now. */
  readonly lagSeconds: number;
}

/**
 * Looks at the process. Nothing is measured between two looks: a timer for that (`monitorEventLoopDelay`) would wake an idle process a hundred times a
 * second, while libuv counts active time and turns anyway.
 */
export async function lookAtProcess(): Promise<ProcessStatus> {
  const lagSeconds = await untilNextTurn();
  const { user, system } = process.cpuUsage();
  const [status, limits] = [await read('status'), await read('limits')];
  const files = await readdir('/proc/self/fd').catch(() => undefined);
  const virtualKilobytes = firstNumber(/^VmSize:\s+(\d+) kB$/m, status);
  const mostFiles = firstNumber(/^Max open files\s+(\d+)/m, limits);
  return {
    startedAt: new Date(performance.timeOrigin),
    cpuSeconds: (user + system) / 1_000_000,
    residentBytes: process.memoryUsage.rss(),
    ...(virtualKilobytes !== undefined && { virtualBytes: virtualKilobytes * 1_024 }),
    // One of them is open for this look alone.
    ...(files !== undefined && { openFiles: files.length - 1 }),
    ...(mostFiles !== undefined && { mostFiles }),
    activeSeconds: performance.eventLoopUtilization().active / 1_000,
    turns: performance.nodeTiming.uvMetricsInfo.loopCount,
    lagSeconds,
  };
}

/** What is ready to run goes before (libuv's "check" comes after "poll"). @returns how long that took, in seconds. */
async function untilNextTurn(): Promise<number> {
  const beganMs = performance.now();
  await new Promise((resolve) => setImmediate(resolve));
  return (performance.now() - beganMs) / 1_000;
}

function read(name: string): Promise<string> {
  return readFile(`/proc/self/${name}`, 'utf8').catch(() => '');
}

function firstNumber(pattern: RegExp, text: string): number | undefined {
  const [, digits] = pattern.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits);
}
