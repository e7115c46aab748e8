import { installDriver } from './install.ts';

// A process of its own, like each test file: what they reach is decided by their environment.
await installDriver(process.env['PODCERT_E2E_IMAGE']);
