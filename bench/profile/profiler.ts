import { Session } from 'node:inspector/promises';

// Loaded in the driver's process before the driver (--import): the first message starts V8's profiler of the processor, the second ends it and has
// the profile sent.
const session = new Session();
let isRunning = false;
process.on('message', () => {
  void (isRunning ? stop() : start());
});
// The driver must end when it wants to.
process.channel?.unref();

async function start(): Promise<void> {
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 200 });
  await session.post('Profiler.start');
  isRunning = true;
  process.send?.('started');
}

async function stop(): Promise<void> {
  const { profile } = await session.post('Profiler.stop');
  isRunning = false;
  process.send?.(profile);
}
