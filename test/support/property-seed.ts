import { configureGlobal } from 'fast-check';

/**
 * Loaded before every test file: properties run on the same inputs each time, so that a red build says something about the
 * change. `PODCERT_SEED=$RANDOM npm test` looks at others.
 */
configureGlobal({ seed: Number(process.env['PODCERT_SEED'] ?? 20_261_122) });
