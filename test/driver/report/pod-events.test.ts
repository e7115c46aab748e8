import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLog } from '../../../driver/report/log.ts';
import type { PodEventOutcome } from '../../../driver/report/metrics.ts';
import { POD_EVENT_KINDS } from '../../../driver/report/pod-event.ts';
import { PodEvents, type EventApi } from '../../../driver/report/pod-events.ts';
import { HOUR_MS, MINUTE_MS } from '../../../node-agent/clock.ts';
import { AgentError } from '../../../node-agent/errors.ts';
import type { AgentEvent } from '../../../node-agent/events.ts';
import { Agenda } from '../../../node-agent/schedule/agenda.ts';
import { parseVolumeId, type VolumeId } from '../../../node-agent/volume-id.ts';
import type { StoredObject } from '../../support/api-store.ts';
import { requireEvent } from '../../support/event-rules.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const TOOK = { keyMs: 0, createMs: 0, waitMs: 0, writeMs: 0 };

const REQUESTS = ['6dd7a1f6-3a3e-4fd8-8d0f-6a3d3a3c5b01', 'b7f0c1d2-1111-4222-8333-944455556666'] as const;

interface WrittenEvent extends StoredObject {
  readonly reason: string;
  readonly note: string;
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
}

/** The events of pods with an API in memory that judges objects as kube-apiserver does, and a manual clock. */
class Bench {
  readonly clock = new ManualClock();
  readonly agenda = new Agenda({ clock: this.clock, failed: (_, error) => assert.fail(String(error)) });
  readonly stop = new AbortController();
  readonly objects = new Map<string, WrittenEvent>();
  /** Seconds from the start at which a call came. */
  readonly calls: number[] = [];
  readonly outcomes: PodEventOutcome[] = [];
  readonly lines: string[] = [];
  /** What calls wait for. */
  hold: Promise<void> | undefined;
  /** What calls fail with, while there is such a thing. */
  failure: Error | undefined;
  readonly podEvents: PodEvents;
  readonly #startMs = this.clock.now().getTime();

  constructor() {
    this.agenda.start(this.stop.signal);
    const api: EventApi = {
      apply: async (resource, key, object) => {
        assert.deepEqual(resource, { group: 'events.k8s.io', version: 'v1', plural: 'events' });
        this.calls.push((this.clock.now().getTime() - this.#startMs) / 1_000);
        await this.hold;
        if (this.failure !== undefined) throw this.failure;
        const sent = object as WrittenEvent;
        assert.deepEqual(key, { namespace: sent.metadata.namespace, name: sent.metadata.name });
        requireEvent(this.objects.get(key.name), sent);
        this.objects.set(key.name, sent);
      },
    };
    this.podEvents = new PodEvents({
      api,
      clock: this.clock,
      timer: this.agenda,
      log: createLog(1, this.clock, (line) => this.lines.push(line)),
      metrics: { countPodEvent: (outcome) => this.outcomes.push(outcome) },
      nodeId: 'node-1',
      random: () => 0.5,
      signal: this.stop.signal,
    });
  }

  note(...events: readonly AgentEvent[]): void {
    for (const event of events) this.podEvents.note(event);
  }

  /** What stands in the API: reason and count, the oldest first. */
  get written(): readonly string[] {
    return [...this.objects.values()].map(({ reason, series }) => `${reason} x${series?.count ?? 1}`);
  }

  count(outcome: PodEventOutcome): number {
    return this.outcomes.filter((one) => one === outcome).length;
  }
}

function subject(name = 'web') {
  return {
    volumeId: parseVolumeId(`csi-${name}`) as VolumeId,
    pod: { namespace: 'shop', name, uid: `uid-of-${name}`, serviceAccount: 'default' },
    issuer: { name: 'ca', kind: 'Issuer', group: 'cert-manager.io' },
  };
}

const at = new Date('2026-02-03T04:05:06Z');

function waiting(name?: string, reason = 'no issuer'): AgentEvent {
  return { kind: 'still-waiting', ...subject(name), reason, requestName: REQUESTS[0], sinceAt: at };
}

function renewalFailed(requestName: string = REQUESTS[0], message = `CertificateRequest "shop/${requestName}" was denied: no`): AgentEvent {
  const failure = { code: 'request-denied', message } as const;
  return { kind: 'renewal-failed', ...subject(), failure, failures: 1, retryAt: at, notAfterAt: at, requestName };
}

function renewed(name?: string): AgentEvent {
  return { kind: 'renewed', ...subject(name), serial: '01', notAfterAt: at, renewAt: at, took: TOOK, lateMs: 0 };
}

describe('an event on a pod', () => {
  it('names the pod, the request and what the issuer says, in the form of events.k8s.io/v1', async () => {
    const bench = new Bench();
    bench.note(waiting());
    await bench.clock.advance(0);
    const [event] = bench.objects.values();
    const { metadata, ...rest } = event ?? assert.fail('nothing was written');
    assert.match(metadata.name, /^web\.[\da-f]{16}$/);
    assert.deepEqual(rest, {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      eventTime: '2026-01-01T00:00:00.000000Z',
      reportingController: 'podcert.io/driver',
      reportingInstance: 'node-1',
      type: 'Warning',
      reason: 'CertificateWaiting',
      action: 'IssueCertificate',
      note: `Waiting for a certificate: no issuer (CertificateRequest ${REQUESTS[0]})`,
      regarding: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web', uid: 'uid-of-web' },
      related: { apiVersion: 'cert-manager.io/v1', kind: 'CertificateRequest', namespace: 'shop', name: REQUESTS[0] },
    });
  });

  it('is taken by the API whatever others say, and however long names are', async () => {
    const bench = new Bench();
    const name = `${'a'.repeat(62)}.`.repeat(4).slice(0, 251);
    bench.note(waiting(name, `\u001b[31m${'é'.repeat(1_000)}`));
    await bench.clock.advance(0);
    const [event] = bench.objects.values();
    assert.match(event?.note ?? '', /^Waiting for a certificate: +\[31mé+…$/);
    assert.deepEqual(bench.outcomes, ['told']);
  });

  it('is one object for what happens again for days, written at most once a minute', async () => {
    const bench = new Bench();
    for (let seconds = 0; seconds < 48 * 3_600; seconds += 20) {
      bench.note(renewalFailed(REQUESTS[(seconds / 20) % 2]));
      await bench.clock.advance(20_000);
    }
    await bench.clock.advance(MINUTE_MS);
    assert.deepEqual(bench.written, [`RenewalFailed x${48 * 180}`]);
    const [event] = bench.objects.values();
    assert.equal(event?.series?.lastObservedTime, '2026-01-02T23:59:40.000000Z');
    for (const [index, call] of bench.calls.entries()) assert.ok(index === 0 || call - (bench.calls[index - 1] ?? 0) >= 60);
  });

  it('is one object for certificates that are refused for the same reason, whatever their serial numbers', async () => {
    const bench = new Bench();
    for (const serial of ['0A', '7F00FFAB01C2D3E4F5A6B7C8D9E0F102', 'ABCDEF']) {
      bench.note(renewalFailed(REQUESTS[0], `Cannot accept certificate ${serial}: it is for another public key`));
      await bench.clock.advance(5 * MINUTE_MS);
    }
    assert.deepEqual(bench.written, ['RenewalFailed x3']);
  });

  it('begins anew in other words, no sooner than a minute after the last', async () => {
    const bench = new Bench();
    bench.note(renewalFailed());
    await bench.clock.advance(1_000);
    bench.note(renewalFailed(REQUESTS[1], 'no space left'), renewalFailed(REQUESTS[1], 'no inode left'));
    await bench.clock.advance(MINUTE_MS);
    assert.deepEqual(bench.calls, [0, 60]);
    assert.deepEqual(
      [...bench.objects.values()].map(({ note }) => /(denied|left)/.exec(note)?.[0]),
      ['denied', 'left'],
    );
  });

  it('is a new object where the same happens hours later: the API server has forgotten the first', async () => {
    const bench = new Bench();
    for (let times = 0; times < 2; times += 1) {
      bench.note({ kind: 'certificate-differs', ...subject(), serial: '01', differences: ['subject'] });
      await bench.clock.advance(2 * HOUR_MS);
    }
    assert.deepEqual(bench.written, ['CertificateDiffers x1', 'CertificateDiffers x1']);
  });

  it('is written in its latest words also where they change during a call', async () => {
    const bench = new Bench();
    const answer = Promise.withResolvers<void>();
    bench.hold = answer.promise;
    bench.note(waiting('web', 'no issuer'));
    await bench.clock.advance(1_000);
    bench.note(waiting('web', 'not approved'));
    answer.resolve();
    await bench.clock.advance(0);
    await bench.clock.advance(2 * MINUTE_MS);
    assert.match([...bench.objects.values()].at(-1)?.note ?? '', /not approved/);
    assert.deepEqual(bench.written, ['CertificateWaiting x1', 'CertificateWaiting x1']);
  });

  it('is written for each volume and reason on its own', async () => {
    const bench = new Bench();
    bench.note(waiting('web'), waiting('api'), { kind: 'attributes-unknown', ...subject('web'), attributes: ['a/b', 'c/d'] });
    await bench.clock.advance(2_000);
    assert.deepEqual(bench.written, ['CertificateWaiting x1', 'CertificateWaiting x1', 'AttributeUnknown x1']);
  });

  it('tells of a renewal only where there was trouble before it, and then of new trouble by a new object', async () => {
    const bench = new Bench();
    bench.note(renewed());
    await bench.clock.advance(MINUTE_MS);
    assert.deepEqual(bench.written, []);
    bench.note(renewalFailed());
    await bench.clock.advance(5 * MINUTE_MS);
    bench.note(renewalFailed());
    await bench.clock.advance(5 * MINUTE_MS);
    bench.note(renewed());
    await bench.clock.advance(5 * MINUTE_MS);
    bench.note(renewed(), renewalFailed());
    await bench.clock.advance(5 * MINUTE_MS);
    assert.deepEqual(bench.written, ['RenewalFailed x2', 'RenewalRecovered x1', 'RenewalFailed x1']);
  });

  it('takes files that were written again for the end of their loss: the next renewal is no recovery, the next loss another object', async () => {
    const bench = new Bench();
    const lost: AgentEvent = { kind: 'files-lost', ...subject(), failure: { code: 'disk-full', message: 'no' } };
    for (const event of [
      lost,
      { kind: 'files-restored', ...subject() },
      lost,
      { kind: 'files-restored', ...subject() },
      renewed(),
    ] as const) {
      bench.note(event);
      await bench.clock.advance(2 * MINUTE_MS);
    }
    assert.deepEqual(bench.written, ['FilesLost x1', 'FilesRestored x2', 'FilesLost x1']);
  });

  it('takes files that were written again for the end of no other trouble', async () => {
    const bench = new Bench();
    bench.note(renewalFailed(), { kind: 'files-restored', ...subject() }, renewed());
    await bench.clock.advance(MINUTE_MS);
    assert.deepEqual(bench.written, ['RenewalFailed x1', 'FilesRestored x1', 'RenewalRecovered x1']);
  });

  it('tells of a denial, not of a renewal, where the pod started before its certificate', async () => {
    const bench = new Bench();
    const failure = { code: 'request-denied', message: 'was denied: no' } as const;
    bench.note({ kind: 'renewal-failed', ...subject(), failure, failures: 1, retryAt: at, requestName: REQUESTS[0] });
    await bench.clock.advance(MINUTE_MS);
    assert.deepEqual(bench.written, ['CertificateDenied x1']);
  });

  it('has a timer that no volume can have, whatever its id (invariant 10)', async () => {
    const bench = new Bench();
    const keys: string[] = [];
    bench.agenda.setIn = (key) => void keys.push(key);
    bench.note(waiting());
    assert.equal(keys.length, 1);
    assert.equal(parseVolumeId(keys[0] ?? ''), undefined);
  });

  it('is written within minutes though the clock was set back by a day', async () => {
    const bench = new Bench();
    bench.note(waiting());
    await bench.clock.advance(1_000);
    bench.note(waiting());
    await bench.clock.jump(-24 * HOUR_MS);
    bench.note(renewalFailed());
    await bench.clock.advance(20 * MINUTE_MS);
    assert.deepEqual(bench.written, ['CertificateWaiting x2', 'RenewalFailed x1']);
  });

  it('is not called a recovery when a first certificate came late', async () => {
    const bench = new Bench();
    bench.note(waiting(), { kind: 'published', ...subject(), serial: '01', notAfterAt: at, renewAt: at, took: TOOK }, renewed());
    await bench.clock.advance(MINUTE_MS);
    assert.deepEqual(bench.written, ['CertificateWaiting x1']);
  });

  it('has every reason of the table for some event', async () => {
    const bench = new Bench();
    const failures = (['request-denied', 'request-failed', 'certificate-refused', 'disk-full'] as const).map((code): AgentEvent => ({
      kind: 'issuance-failed',
      ...subject(code),
      failure: { code, message: 'no' },
    }));
    bench.note(
      ...failures,
      waiting(),
      renewalFailed(),
      renewed(),
      { kind: 'bind-restored', ...subject() },
      { kind: 'files-restored', ...subject() },
      { kind: 'files-lost', ...subject(), failure: { code: 'state-corrupt', message: 'no' } },
      { kind: 'attributes-unknown', ...subject(), attributes: ['a/b'] },
      { kind: 'certificate-differs', ...subject(), serial: '01', differences: ['subject'] },
      { kind: 'renew-before-too-long', ...subject(), renewBeforeMs: HOUR_MS, lifetimeMs: HOUR_MS },
    );
    await bench.clock.advance(MINUTE_MS);
    assert.deepEqual([...bench.objects.values()].map(({ reason }) => reason).toSorted(), Object.keys(POD_EVENT_KINDS).toSorted());
  });
});

describe('the calls for events on pods', () => {
  it('come one at a time, two a second, however many volumes have trouble at once', async () => {
    const bench = new Bench();
    for (let index = 0; index < 1_000; index += 1) bench.note(waiting(`web-${index}`));
    await bench.clock.advance(10_000);
    assert.equal(bench.calls.length, 21);
    await bench.clock.advance(10 * MINUTE_MS);
    assert.deepEqual([bench.objects.size, bench.agenda.size, bench.count('dropped')], [1_000, 0, 0]);
  });

  it('are dropped and counted where a flood is too long, the oldest first (invariant 9)', async () => {
    const bench = new Bench();
    for (let index = 0; index < 1_200; index += 1) bench.note(waiting(`web-${index}`));
    await bench.clock.advance(HOUR_MS / 4);
    assert.deepEqual([bench.objects.size, bench.count('dropped')], [1_000, 200]);
    const names = [...bench.objects.values()].map(({ regarding }) => (regarding as { readonly name: string }).name);
    assert.equal(names.includes('web-0'), false);
    assert.equal(names.includes('web-1199'), true);
  });

  it('are not made for a volume that is gone, and its memory ends with it (invariants 5 and 9)', async () => {
    const bench = new Bench();
    bench.note(waiting(), { kind: 'unpublished', volumeId: subject().volumeId });
    assert.equal(bench.agenda.size, 0);
    await bench.clock.advance(HOUR_MS);
    assert.deepEqual(bench.calls, []);
  });

  it('become few where they are forbidden, with one line in the log', async () => {
    const bench = new Bench();
    bench.failure = new AgentError('issuer-unavailable', 'events.events.k8s.io is forbidden');
    for (let minute = 0; minute < 24 * 60; minute += 1) {
      bench.note(renewalFailed(), waiting('api'), waiting('web'));
      await bench.clock.advance(MINUTE_MS);
    }
    assert.ok(bench.calls.length < 300, `${bench.calls.length} calls a day`);
    assert.equal(bench.count('failed'), bench.calls.length);
    assert.deepEqual(
      bench.lines.map((line) => (JSON.parse(line) as { readonly level: string; readonly reason: string }).reason),
      ['events.events.k8s.io is forbidden'],
    );
  });

  it('say it again where they have succeeded meanwhile, an hour later at the earliest', async () => {
    const bench = new Bench();
    const linesAfter = async (...failures: readonly (Error | undefined)[]) => {
      for (bench.failure of failures) {
        bench.note(renewalFailed());
        await bench.clock.advance(10 * MINUTE_MS);
      }
      return bench.lines.length;
    };
    const failure = new AgentError('issuer-unavailable', 'no');
    assert.equal(await linesAfter(failure, undefined, failure, undefined), 1);
    assert.equal(await linesAfter(failure, failure, undefined, failure), 2);
  });

  it('go on when the API is back, and lose nothing of a short outage', async () => {
    const bench = new Bench();
    bench.failure = new AgentError('issuer-unavailable', 'connection refused');
    for (const name of ['one', 'two', 'three']) bench.note(waiting(name));
    await bench.clock.advance(3_000);
    bench.failure = undefined;
    await bench.clock.advance(2 * MINUTE_MS);
    assert.deepEqual(bench.written, ['CertificateWaiting x1', 'CertificateWaiting x1', 'CertificateWaiting x1']);
  });

  it('end with the process, and are not waited for', async () => {
    const bench = new Bench();
    bench.note(waiting('one'), waiting('two'));
    await bench.clock.advance(0);
    bench.stop.abort();
    bench.note(waiting('three'));
    await bench.clock.advance(HOUR_MS);
    assert.equal(bench.calls.length, 1);
  });
});
