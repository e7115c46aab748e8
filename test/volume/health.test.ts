import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DAY_MS, HOUR_MS } from '../../node-agent/clock.ts';
import type { AgentErrorCode } from '../../node-agent/errors.ts';
import type { Failing } from '../../node-agent/ports.ts';
import { parseVolumeId } from '../../node-agent/volume-id.ts';
import type { VolumeId } from '../../node-agent/volume-id.ts';
import { healthOf } from '../../node-agent/volume/health.ts';
import type { HealthFacts } from '../../node-agent/volume/health.ts';

const NOW = new Date('2026-06-01T00:00:00Z');

/** An instant so many hours from now. */
function at(hours: number): Date {
  return new Date(NOW.getTime() + hours * HOUR_MS);
}

/** Attempts that have failed for so many hours. */
function failing(hours: number, code: AgentErrorCode = 'issuer-unavailable', failures = 3): Failing {
  return { failures, sinceAt: at(-hours), failure: { code, message: 'the reason given' } };
}

/** Mounted, with a certificate that lives a week more and is renewed in a day, but for what is said. */
function facts(change: Partial<HealthFacts> = {}): HealthFacts {
  return {
    volumeId: parseVolumeId('csi-1') as VolumeId,
    state: 'mounted',
    targetPath: '/pods/u/volumes/kubernetes.io~csi/tls/mount',
    issuer: { name: 'ca', kind: 'Issuer', group: 'cert-manager.io' },
    notAfterAt: at(7 * 24),
    renewAt: at(24),
    ...change,
  };
}

const { notAfterAt: _, renewAt: __, ...EMPTY } = facts();
const waiting = { reason: 'nobody approved it', requestName: 'r-1' };
const setAside = { code: 'state-corrupt', message: 'the record is no JSON' } as const;

const CASES: readonly { readonly name: string; readonly facts: HealthFacts; readonly is: string; readonly says?: RegExp }[] = [
  { name: 'is not due yet', facts: facts(), is: 'healthy', says: /good until 2026-06-08T00:00:00.000Z/ },
  { name: 'is being renewed', facts: facts({ renewAt: at(-1) }), is: 'healthy' },
  {
    name: 'has failed to be renewed for a third of what is left',
    facts: facts({ notAfterAt: at(24), failing: failing(8) }),
    is: 'healthy',
  },
  { name: 'has failed for exactly half of what is left', facts: facts({ notAfterAt: at(24), failing: failing(12) }), is: 'healthy' },
  {
    name: 'has failed for longer than half of what is left',
    facts: facts({ notAfterAt: at(24), failing: failing(12.1) }),
    is: 'degraded RenewalFailing',
    says: /see to the issuer "ca" \(Issuer\) before the certificate ends at 2026-06-02T00:00:00.000Z: 3 attempts failed, the last one: the reason given/,
  },
  {
    name: 'has failed but once, long ago',
    facts: facts({ notAfterAt: at(1), failing: failing(1, 'disk-full', 1) }),
    is: 'degraded RenewalFailing',
    says: /: the reason given$/,
  },
  {
    name: 'has waited to be renewed for longer than half of what is left',
    facts: facts({ notAfterAt: at(24), renewAt: at(-13), waiting }),
    is: 'degraded RenewalPending',
    says: /due since 2026-05-31T11:00:00.000Z.*nobody approved it \(CertificateRequest r-1\)/,
  },
  {
    name: 'was denied a renewal a moment ago',
    facts: facts({ failing: failing(0, 'request-denied', 1) }),
    is: 'degraded RequestDenied',
    says: /let the approver allow it, or change what the pod asks for before the certificate ends/,
  },
  {
    name: 'lost the place of its files a moment ago',
    facts: facts({ failing: failing(0, 'state-corrupt', 1) }),
    is: 'degraded StateUnusable',
    says: /^The volume cannot be renewed; delete the pod before the certificate ends at 2026-06-08T00:00:00.000Z: the reason given$/,
  },
  {
    name: 'lost it before its first certificate came',
    facts: { ...EMPTY, failing: failing(0, 'state-corrupt', 1), waiting },
    is: 'degraded StateUnusable',
    says: /; delete the pod: the reason given$/,
  },
  {
    name: 'expired after it lost the place of its files',
    facts: facts({ notAfterAt: at(-1), failing: failing(9, 'state-corrupt') }),
    is: 'inaccessible CertificateExpired',
    says: /; delete the pod, then it is replaced by itself/,
  },
  { name: 'expires in a millisecond', facts: facts({ notAfterAt: new Date(NOW.getTime() + 1) }), is: 'healthy' },
  {
    name: 'expires now',
    facts: facts({ notAfterAt: NOW, failing: failing(24) }),
    is: 'inaccessible CertificateExpired',
    says: /expired at 2026-06-01T00:00:00.000Z; see to the issuer "ca"/,
  },
  {
    name: 'expired after it was denied',
    facts: facts({ notAfterAt: at(-1), failing: failing(9, 'request-denied') }),
    is: 'inaccessible CertificateExpired',
  },
  {
    name: 'waits for its first certificate',
    facts: { ...EMPTY, waiting },
    is: 'degraded CertificatePending',
    says: /no certificate yet; its files appear .*: nobody approved it/,
  },
  { name: 'waits for nothing in particular yet', facts: EMPTY, is: 'degraded CertificatePending', says: /the request is being made/ },
  {
    name: 'has a certificate that cannot be read and that is replaced in its time',
    facts: { ...EMPTY, renewAt: at(4), isUnreadable: true },
    is: 'degraded CertificatePending',
    says: /^The certificate in the volume cannot be read.* is replaced at 2026-06-01T04:00:00.000Z/,
  },
  {
    name: 'has one whose replacement is waited for',
    facts: { ...EMPTY, renewAt: at(-1), waiting, isUnreadable: true },
    is: 'degraded CertificatePending',
    says: /^The certificate in the volume cannot be read.* is replaced once what it waits for has come: nobody approved it/,
  },
  {
    name: 'has one whose replacement failed',
    facts: { ...EMPTY, renewAt: at(1), failing: failing(1), isUnreadable: true },
    is: 'degraded CertificatePending',
    says: /^The certificate in the volume cannot be read.*: 3 attempts failed/,
  },
  {
    name: 'waits for its first certificate after an attempt that failed',
    facts: { ...EMPTY, renewAt: at(1), failing: failing(1) },
    is: 'degraded CertificatePending',
    says: /^The volume has no certificate yet.*: 3 attempts failed/,
  },
  { name: 'is not published yet', facts: { ...EMPTY, state: 'issuing', waiting }, is: 'degraded CertificatePending' },
  {
    name: 'was refused its first certificate',
    facts: { ...EMPTY, failing: failing(1, 'request-denied') },
    is: 'degraded RequestDenied',
    says: /change what the pod asks for: 3 attempts/,
  },
  { name: 'is broken', facts: { ...EMPTY, state: 'broken', setAside }, is: 'degraded StateUnusable', says: /delete the pod .*is no JSON/ },
  { name: 'is being mended', facts: { ...EMPTY, setAside, waiting }, is: 'degraded StateUnusable' },
  { name: 'is going away, expired or not', facts: facts({ state: 'leaving', notAfterAt: at(-1) }), is: 'healthy' },
];

describe('the health of a volume', () => {
  for (const { name, facts: given, is, says = /./ } of CASES) {
    it(`is ${is} where it ${name}`, () => {
      const health = healthOf(given, NOW);
      assert.equal(health.kind === 'healthy' ? health.kind : `${health.kind} ${health.reason}`, is);
      assert.match(health.message, says);
    });
  }

  it('fits into an event, well formed, whatever an issuer says', () => {
    const failure = { code: 'request-failed', message: '😀'.repeat(2_000) } as const;
    for (const shift of ['', 'x']) {
      const sick = facts({
        notAfterAt: NOW,
        failing: { failures: 1, sinceAt: NOW, failure: { ...failure, message: shift + failure.message } },
      });
      const { message } = healthOf(sick, NOW);
      assert.ok(message.length <= 1_000 && message.isWellFormed());
      assert.match(message, /^The certificate expired/);
    }
  });

  it('of a certificate that nobody renews goes from healthy to degraded to inaccessible, and never back', () => {
    const given = facts({ notAfterAt: at(30 * 24), renewAt: at(0) });
    const kinds = Array.from({ length: 31 }, (_day, day) => healthOf(given, new Date(NOW.getTime() + day * DAY_MS)).kind);
    assert.deepEqual(kinds, [...Array(11).fill('healthy'), ...Array(19).fill('degraded'), 'inaccessible']);
  });
});
