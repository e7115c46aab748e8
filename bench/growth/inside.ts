import { queryObjects } from 'node:v8';

/** What only the process itself knows. */
export interface Inside {
  /** Timers of `setTimeout` and `setInterval` that are alive, Node.js's own and those that do not keep it running among them. */
  readonly timers: number;
  /** Of V8's heap, after everything that is dead was collected. */
  readonly heapBytes: number;
}

// Loaded in the driver's process before the driver (--import), and answers each message. The count collects garbage first.
const sample = setTimeout(() => undefined, 0);
clearTimeout(sample);
const { constructor: Timeout } = sample;
process.on('message', () => {
  const timers = queryObjects(Timeout, { format: 'count' });
  process.send?.({ timers, heapBytes: process.memoryUsage().heapUsed } satisfies Inside);
});
// The driver must end when it wants to.
process.channel?.unref();
