import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EVENT_KINDS } from '../../../driver/report/event-line.ts';
import { createJournal } from '../../../driver/report/journal.ts';
import { createLog } from '../../../driver/report/log.ts';
import { createMetrics } from '../../../driver/report/metrics.ts';
import type { AgentEvent } from '../../../node-agent/events.ts';
import { parseVolumeId, type VolumeId } from '../../../node-agent/volume-id.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { snapshotOf } from '../../support/metrics-snapshot.ts';

const volumeId = parseVolumeId('csi-1') as VolumeId;
const subject = {
  volumeId,
  pod: { namespace: 'ns', name: 'pod-1', uid: 'uid-1', serviceAccount: 'sa' },
  issuer: { name: 'ca', kind: 'Issuer', group: 'cert-manager.io' },
};
const subjectLine = {
  volumeId: 'csi-1',
  podNamespace: 'ns',
  podName: 'pod-1',
  podUid: 'uid-1',
  issuerName: 'ca',
  issuerKind: 'Issuer',
  issuerGroup: 'cert-manager.io',
};
const at = new Date('2026-01-02T00:00:00Z');
const atText = '2026-01-02T00:00:00.000Z';
const failure = { code: 'issuer-unavailable', message: 'no route to host' } as const;
const took = { keyMs: 1, createMs: 2, waitMs: 3, writeMs: 4 };
const failed = { code: 'issuer-unavailable', reason: 'no route to host' };

/** Every kind of event, and the level and fields of its line. */
const cases: readonly { readonly event: AgentEvent; readonly level: string; readonly fields: object }[] = [
  {
    event: { kind: 'published', ...subject, serial: '0a', notAfterAt: at, renewAt: at, took },
    level: 'debug',
    fields: { ...subjectLine, serial: '0a', notAfterAt: atText, renewAt: atText },
  },
  { event: { kind: 'bind-restored', ...subject }, level: 'info', fields: subjectLine },
  { event: { kind: 'files-restored', ...subject }, level: 'info', fields: subjectLine },
  { event: { kind: 'files-lost', ...subject, failure }, level: 'error', fields: { ...subjectLine, ...failed } },
  { event: { kind: 'unpublished', volumeId }, level: 'debug', fields: { volumeId: 'csi-1' } },
  {
    event: { kind: 'renewed', ...subject, serial: '0a', notAfterAt: at, renewAt: at, took, lateMs: 5 },
    level: 'info',
    fields: { ...subjectLine, serial: '0a', notAfterAt: atText, renewAt: atText },
  },
  {
    event: { kind: 'renewal-failed', ...subject, failure, failures: 3, retryAt: at },
    level: 'error',
    fields: { ...subjectLine, ...failed, failures: 3, retryAt: atText },
  },
  { event: { kind: 'issuance-failed', ...subject, failure }, level: 'info', fields: { ...subjectLine, ...failed } },
  { event: { kind: 'issuance-abandoned', ...subject }, level: 'info', fields: subjectLine },
  {
    event: { kind: 'waiting', ...subject, reason: 'not approved', requestName: 'r' },
    level: 'debug',
    fields: { ...subjectLine, reason: 'not approved', requestName: 'r' },
  },
  {
    event: { kind: 'still-waiting', ...subject, reason: 'not approved', requestName: 'r', sinceAt: at, notAfterAt: at },
    level: 'info',
    fields: { ...subjectLine, reason: 'not approved', requestName: 'r', sinceAt: atText, notAfterAt: atText },
  },
  {
    event: { kind: 'certificate-differs', ...subject, serial: '0a', differences: ['subject', 'lifetime'] },
    level: 'info',
    fields: { ...subjectLine, serial: '0a', differences: 'subject,lifetime' },
  },
  { event: { kind: 'ca-missing', ...subject, serial: '0a' }, level: 'info', fields: { ...subjectLine, serial: '0a' } },
  {
    event: { kind: 'renew-before-too-long', ...subject, renewBeforeMs: 9, lifetimeMs: 8 },
    level: 'info',
    fields: { ...subjectLine, renewBeforeMs: 9, lifetimeMs: 8 },
  },
  {
    event: { kind: 'attributes-unknown', ...subject, attributes: ['a/b', 'c/d'] },
    level: 'info',
    fields: { ...subjectLine, attributes: 'a/b,c/d' },
  },
  { event: { kind: 'started', resumed: 1, swept: 2, setAside: 3 }, level: 'info', fields: { resumed: 1, swept: 2, setAside: 3 } },
  { event: { kind: 'volume-adopted', volumeId, renewAt: at }, level: 'info', fields: { volumeId: 'csi-1', renewAt: atText } },
  { event: { kind: 'volume-resumed', volumeId, renewAt: at }, level: 'debug', fields: { volumeId: 'csi-1', renewAt: atText } },
  { event: { kind: 'mounts-not-shared', path: '/data' }, level: 'error', fields: { path: '/data' } },
  { event: { kind: 'state-remounted', path: '/data/state' }, level: 'error', fields: { path: '/data/state' } },
  { event: { kind: 'state-lost', path: '/data/state', failure }, level: 'error', fields: { path: '/data/state', ...failed } },
  { event: { kind: 'volume-swept', volumeId }, level: 'info', fields: { volumeId: 'csi-1' } },
  { event: { kind: 'volume-set-aside', volumeId: 'v', failure }, level: 'error', fields: { volumeId: 'v', ...failed } },
  { event: { kind: 'cleanup-failed', volumeId: 'v', failure }, level: 'error', fields: { volumeId: 'v', ...failed } },
  {
    event: { kind: 'request-created', volumeId, namespace: 'ns', requestName: 'r' },
    level: 'debug',
    fields: { volumeId: 'csi-1', namespace: 'ns', requestName: 'r' },
  },
  { event: { kind: 'request-deleted', namespace: 'ns', requestName: 'r' }, level: 'debug', fields: { namespace: 'ns', requestName: 'r' } },
  { event: { kind: 'api-unavailable', failure, retryAt: at }, level: 'error', fields: { ...failed, retryAt: atText } },
  { event: { kind: 'startup-taint-removed', nodeName: 'n' }, level: 'info', fields: { nodeName: 'n' } },
  {
    event: { kind: 'startup-taint-kept', nodeName: 'n', failure, retryAt: at },
    level: 'error',
    fields: { nodeName: 'n', ...failed, retryAt: atText },
  },
  {
    event: { kind: 'watch-opened', resource: 'pods', resourceVersion: '7' },
    level: 'debug',
    fields: { resource: 'pods', resourceVersion: '7' },
  },
  {
    event: { kind: 'watch-lost', resource: 'pods', failure, retryAt: at },
    level: 'info',
    fields: { resource: 'pods', ...failed, retryAt: atText },
  },
];

describe('createJournal', () => {
  for (const { event, level, fields } of cases) {
    it(`makes one line and one count of ${event.kind}`, () => {
      const lines: string[] = [];
      const metrics = createMetrics({ version: '0' });
      const log = createLog(2, new ManualClock(), (line) => lines.push(line));
      createJournal({ log, metrics }).note(event);
      const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
      const { time: _time, message, ...rest } = parsed[0] ?? {};
      assert.equal(lines.length, 1);
      assert.ok(typeof message === 'string' && message !== '');
      assert.deepEqual(rest, { level, ...fields });
      assert.match(metrics.expose('prometheus', snapshotOf()), new RegExp(`^podcert_events_total\\{event="${event.kind}"\\} 1$`, 'm'));
    });
  }

  it('is tried with every kind of event', () => {
    assert.deepEqual(cases.map(({ event }) => event.kind).toSorted(), EVENT_KINDS.toSorted());
  });
});
