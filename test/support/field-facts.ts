import assert from 'node:assert/strict';
import type { Field } from './field-bench.ts';
import { passFor } from './pass-field-time.ts';

/**
 * Lets time pass until a pod has so many events of a reason: objects of the API, written one after another.
 * @returns the reasons of all events that it has then.
 */
export async function untilTold(field: Field, pod: string, reason: string, count = 1): Promise<readonly string[]> {
  for (let seconds = 0; ; seconds += 1) {
    const reasons = (await field.cluster.eventsOn(pod)).map((event) => String(event['reason'])).toSorted();
    if (reasons.filter((one) => one === reason).length >= count) return reasons;
    assert.ok(seconds < 600, `${pod} has ${reasons.join(', ')} and no ${reason}`);
    await passFor(field, 1_000);
  }
}

/** The value of a series of `/metrics`; 0 where there is none. @param series such as `podcert_volumes{state="mounted"}`. */
export async function metric(field: Field, series: string): Promise<number> {
  const lines = (await field.metrics()).split('\n');
  return Number(lines.find((line) => line.startsWith(`${series} `))?.slice(series.length) ?? 0);
}
