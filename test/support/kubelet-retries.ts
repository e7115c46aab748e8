import type { InlineVolume } from '../../demo/kubelet.ts';
import type { Field } from './field-bench.ts';

/** kubelet's back-off of one volume's operations (pkg/util/goroutinemap/exponentialbackoff). */
const FIRST_MS = 500;
const LONGEST_MS = 122_000;

const never = new AbortController().signal;

/** Publishes a volume again and again, as kubelet does until its pod can start. @returns what the calls that failed were told. */
export async function startPod(field: Field, volume: InlineVolume): Promise<readonly string[]> {
  const told: string[] = [];
  for (let delayMs = FIRST_MS; ; delayMs = Math.min(2 * delayMs, LONGEST_MS)) {
    try {
      await field.kubelet.publish(volume);
      return told;
    } catch (error) {
      told.push((error as Error).message);
    }
    await field.time.sleep(delayMs, never);
  }
}
