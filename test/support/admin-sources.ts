import type { TestContext } from 'node:test';
import { guard } from '../../driver/admin/guard.ts';
import { History } from '../../driver/admin/history.ts';
import { adminRoutes } from '../../driver/admin/routes.ts';
import type { AdminSources } from '../../driver/admin/sources.ts';
import { serveSites } from '../../driver/http/server.ts';
import { createLog } from '../../driver/report/log.ts';
import { VERSION } from '../../driver/version.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../node-agent/clock.ts';
import type { AgentEvent } from '../../node-agent/events.ts';
import { toFailure } from '../../node-agent/failure.ts';
import { AgentError } from '../../node-agent/errors.ts';
import type { VolumeStatus } from '../../node-agent/ports.ts';
import { healthOf } from '../../node-agent/volume/health.ts';
import { parseVolumeId } from '../../node-agent/volume-id.ts';
import { ManualClock } from './manual-clock.ts';

/** A volume on a node that is made up, `now` being its present. */
export interface MadeUpVolume {
  readonly pod: string;
  readonly namespace?: string;
  readonly volume?: string;
  readonly names?: readonly string[];
  readonly issuer?: string;
  /** How long its certificate lives, and is still good; without one it waits for its first. */
  readonly lifeMs?: number;
  readonly leftMs?: number;
  /** Why its renewal fails, and how often it has. */
  readonly failing?: string;
  readonly waiting?: string;
}

export const NOW = new Date('2026-03-01T10:00:00Z');

/** The status that such a volume has. */
export function statusOf({ pod, namespace = 'shop', volume = 'tls', issuer = 'ca', ...times }: MadeUpVolume, index: number): VolumeStatus {
  const { lifeMs = DAY_MS, leftMs, failing, waiting } = times;
  const volumeId = parseVolumeId(`csi-${index}`);
  if (volumeId === undefined) throw new Error('no volume id');
  const notAfterAt = leftMs === undefined ? undefined : new Date(NOW.getTime() + leftMs);
  const renewAt = notAfterAt && new Date(notAfterAt.getTime() - lifeMs / 3);
  const facts = {
    volumeId,
    state: 'mounted' as const,
    pod: { namespace, name: pod, uid: `uid-${index}`, serviceAccount: 'default' },
    issuer: { name: issuer, kind: 'ClusterIssuer', group: 'cert-manager.io' },
    targetPath: `/var/lib/kubelet/pods/uid-${index}/volumes/kubernetes.io~csi/${volume}/mount`,
    ...(notAfterAt && { notAfterAt, receivedAt: new Date(notAfterAt.getTime() - lifeMs), generation: 4 }),
    ...(renewAt && { renewAt }),
    ...(waiting !== undefined && { waiting: { reason: waiting } }),
    ...(failing !== undefined && {
      failing: { failures: 7, sinceAt: renewAt ?? NOW, failure: toFailure(new AgentError('request-failed', failing)) },
    }),
  };
  return { ...facts, health: healthOf(facts, NOW) };
}

/** Serves the admin listener of a node that has these volumes, until the test ends. @returns its URL. */
export async function serveMadeUpNode(
  context: Pick<TestContext, 'after'>,
  volumes: readonly MadeUpVolume[],
  { nodeId = 'node-1', check = async () => [] }: Partial<{ nodeId: string; check: AdminSources['check'] }> = {},
): Promise<string> {
  const statuses = volumes.map(statusOf);
  const clock = new ManualClock(NOW);
  let agoMs = volumes.length * 7 * MINUTE_MS;
  const history = new History(() => new Date(NOW.getTime() - (agoMs = Math.max(0, agoMs - 7 * MINUTE_MS))));
  for (const status of statuses) history.note(eventOf(status));
  const find = (volumeId: string) => statuses.find((status) => status.volumeId === volumeId);
  const view = (volumeId: string) => {
    const names = volumes[statuses.findIndex((status) => status.volumeId === volumeId)]?.names ?? [];
    return { names: () => names, files: () => [], chain: () => [] };
  };
  const routes = adminRoutes({
    agent: { volumes: () => statuses, volume: find, view, renew: () => undefined },
    driver: {
      version: VERSION,
      driverName: 'csi.cert-manager.io',
      nodeId,
      startedAt: new Date(NOW.getTime() - 26 * HOUR_MS).toISOString(),
    },
    history,
    now: () => clock.now(),
    check,
  });
  const log = createLog(0, clock, () => undefined);
  const site = { flag: '--admin-bind-address', address: { host: '127.0.0.1', port: 0 }, routes, guard };
  const [server] = await serveSites([site], log);
  if (server === undefined) throw new Error('no server');
  context.after(() => server.close());
  return `http://127.0.0.1:${server.port}`;
}

function eventOf({ volumeId, pod, issuer, failing, waiting, notAfterAt, renewAt }: VolumeStatus): AgentEvent {
  if (pod === undefined || issuer === undefined) throw new Error('no pod');
  const subject = { volumeId, pod, issuer };
  if (failing !== undefined) {
    return { kind: 'renewal-failed', ...subject, failure: failing.failure, failures: failing.failures, retryAt: NOW };
  }
  if (notAfterAt === undefined || renewAt === undefined)
    return { kind: 'still-waiting', ...subject, reason: waiting?.reason ?? 'not yet approved', sinceAt: NOW };
  const took = { keyMs: 1, createMs: 1, waitMs: 1, writeMs: 1 };
  return { kind: 'renewed', ...subject, serial: `7A${volumeId.replace(/\D/g, '')}`, notAfterAt, renewAt, took, lateMs: 0 };
}
