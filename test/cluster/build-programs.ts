import { preparePrograms } from './programs.ts';

/** Builds what the cluster runs, as `npm run cluster:up` does, without starting it; SIGTERM and SIGINT end that. */
const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort(new Error(`Interrupted by ${name}`)));
await preparePrograms(interrupted.signal);
