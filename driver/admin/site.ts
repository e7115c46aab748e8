import { readFile } from 'node:fs/promises';
import { release } from 'node:os';
import type { ApiOutlook } from '../../node-agent/api-outlook.ts';
import type { Clock } from '../../node-agent/clock.ts';
import type { Agent, KeyStatus } from '../../node-agent/ports.ts';
import type { Config } from '../config.ts';
import type { Site } from '../http/server.ts';
import { VERSION } from '../version.ts';
import type { CheckAnswer } from './answers.ts';
import { judge } from './checks.ts';
import { guard } from './guard.ts';
import type { AdminMemory } from './memory.ts';
import { adminRoutes } from './routes.ts';

/** What the admin listener looks at when it is asked. */
export interface AdminView extends AdminMemory {
  readonly agent: Agent;
  readonly clock: Clock;
  readonly keys: { status(): KeyStatus };
  /** Absent: there is no cluster. */
  readonly lookAtApi?: ((signal: AbortSignal) => Promise<ApiOutlook>) | undefined;
}

/** The admin listener as it is served. */
export function adminSite(config: Config, view: AdminView): Site {
  const { agent, clock, history } = view;
  const now = () => clock.now();
  const { driverName, nodeId } = config;
  const driver = { version: VERSION, driverName, nodeId, startedAt: now().toISOString() };
  const check = (signal: AbortSignal) => look(config, view, signal);
  return { flag: '--admin-bind-address', address: config.adminAddress, routes: adminRoutes({ agent, driver, history, now, check }), guard };
}

async function look(
  config: Config,
  { agent, sightings, keys, lookAtApi }: AdminView,
  signal: AbortSignal,
): Promise<readonly CheckAnswer[]> {
  const [ground, swaps, api] = await Promise.all([agent.ground(), readFile('/proc/swaps', 'utf8').catch(() => ''), lookAtApi?.(signal)]);
  return judge({
    ...(config.registration && { registrationPath: config.registration.socketPath }),
    sightings,
    ground,
    // Its first line is a heading (proc_swaps(5)).
    hasSwap: swaps.trim().split('\n').length > 1,
    kernelRelease: release(),
    ...(api && { api }),
    usesPodToken: config.usesPodToken,
    keys: keys.status(),
  });
}
