import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { VERSION } from '../../driver/version.ts';
import type { CheckAnswer, DriverAnswer, RenewalAnswer, VolumeAnswer, VolumeSummary } from '../../driver/admin/answers.ts';

/** What a renewal that is asked for does to the volume. */
export type Renewal = 'succeeds' | 'fails' | 'hangs' | ((volume: VolumeAnswer) => VolumeAnswer);

/** An admin listener of one node that answers as driver/admin/answers.ts says, for as long as the test has it. */
export interface AdminServer {
  readonly port: number;
  readonly requests: { readonly method: string; readonly path: string; readonly headers: IncomingHttpHeaders; readonly atMs: number }[];
  volumes: VolumeAnswer[];
  checks: CheckAnswer[];
  renewal: Renewal;
  /** What happens to a volume after it was listed and before it is asked to renew. */
  meanwhile: (volume: VolumeAnswer) => VolumeAnswer;
  /** How far its clock is ahead of ours. */
  aheadMs: number;
  /** How long it takes for each answer. */
  delayMs: number;
  /** In place of any answer. */
  instead: ((response: ServerResponse) => void) | undefined;
  close(): Promise<void>;
}

export async function startAdminServer(node: string, volumes: readonly VolumeAnswer[]): Promise<AdminServer> {
  const driver: DriverAnswer = { version: VERSION, driverName: 'csi.cert-manager.io', nodeId: node, startedAt: '2026-03-01T00:00:00.000Z' };
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const { method = '', url: path = '', headers } = request;
    admin.requests.push({ method, path, headers, atMs: performance.now() });
    if (admin.instead !== undefined) return admin.instead(response);
    const [, id, action] = /^\/v1\/volumes\/([^/]+)(\/renew)?$/.exec(path) ?? [];
    const volume = admin.volumes.find(({ volumeId }) => volumeId === id);
    if (path === '/v1/volumes') {
      const nowAt = new Date(Date.now() + admin.aheadMs).toISOString();
      return send(response, 200, { apiVersion: 1, driver, nowAt, volumes: admin.volumes.map(summaryOf) });
    }
    if (path === '/v1/checks') return send(response, 200, { driver, checks: admin.checks });
    if (volume === undefined) return send(response, 404, { error: `There is no volume "${id}"` });
    if (action === undefined) return send(response, 200, volume);
    if (method !== 'POST' || headers['podcert-admin'] !== '1') return send(response, 403, { error: 'needs the header podcert-admin' });
    if (volume.generation === undefined) return send(response, 409, { error: 'has no certificate' });
    const current = admin.meanwhile(volume);
    send(response, 202, renewalAnswer(current));
    admin.volumes = admin.volumes.map((each) => (each === volume ? renewed(current, admin.renewal) : each));
  };
  const server = createServer((request, response) => void pause(admin.delayMs).then(() => answer(request, response)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const admin: AdminServer = {
    port: (server.address() as AddressInfo).port,
    requests: [],
    volumes: [...volumes],
    checks: [{ name: 'mount-propagation', outcome: 'ok', finding: 'Mounts reach the host' }],
    renewal: 'succeeds',
    meanwhile: (volume) => volume,
    aheadMs: 0,
    delayMs: 0,
    instead: undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return admin;
}

function renewalAnswer({ volumeId, generation = 0, receivedAt = '', failing }: VolumeAnswer): RenewalAnswer {
  return { volumeId, generation, receivedAt, failures: failing?.failures ?? 0 };
}

function renewed(volume: VolumeAnswer, renewal: Renewal): VolumeAnswer {
  if (typeof renewal === 'function') return renewal(volume);
  switch (renewal) {
    case 'succeeds': {
      const { failing: _failing, ...rest } = volume;
      return { ...rest, generation: (volume.generation ?? 0) + 1, receivedAt: new Date().toISOString() };
    }
    case 'fails':
      return { ...awaited(volume), failing: failingSo((volume.failing?.failures ?? 0) + 1) };
    case 'hangs':
      return { ...awaited(volume), waiting: { reason: 'Waiting for approval', requestName: 'r-1' } };
    default:
      return renewal satisfies never;
  }
}

/** A volume that a new key is awaited for. */
export function awaited(volume: VolumeAnswer): VolumeAnswer {
  return { ...volume, isNewKeyAwaited: true };
}

/** So many failures in a row. */
export function failingSo(failures: number): NonNullable<VolumeAnswer['failing']> {
  return { failures, sinceAt: '2026-03-01T00:00:00.000Z', failure: { code: 'request-denied', message: 'Request denied: not you' } };
}

function summaryOf({ targetPath: _path, files: _files, chain: _chain, history: _history, ...summary }: VolumeAnswer): VolumeSummary {
  return summary;
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
