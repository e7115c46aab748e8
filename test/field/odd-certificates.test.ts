import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import type { InlineVolume } from '../../demo/kubelet.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../node-agent/clock.ts';
import type { Difference } from '../../node-agent/events.ts';
import { buildRequest } from '../../node-agent/issuance/request.ts';
import { formatPem } from '../../node-agent/pem.ts';
import { createCertificateAuthority, KeyUsageFlags } from '../support/certificate-authority.ts';
import type { SignOptions } from '../support/certificate-authority.ts';
import type { Field } from '../support/field-bench.ts';
import { metric, untilTold } from '../support/field-facts.ts';
import { report, rounds } from '../support/field-report.ts';
import { csrOf, issued, openOddField, said, signOddly, signOpenRequest } from '../support/odd-issuer.ts';
import type { Treatment } from '../support/odd-issuer.ts';
import { passFor, passRenewals, sleepUntilDue } from '../support/pass-field-time.ts';
import { readPodFolder } from '../support/pod-folder.ts';
import type { Signature } from '../support/signer.ts';

/** What all pods here ask for. */
const ASKED = { duration: '24h', 'ip-sans': '10.0.0.1', 'uri-sans': 'spiffe://example/web' };

type OddSign = (field: Field) => SignOptions | Promise<SignOptions>;

/** A treatment by how the certificate is signed, and what is made of it then. */
const oddly =
  (sign: OddSign, alter?: (signature: Signature) => Signature): ((field: Field) => Treatment) =>
  (field) =>
    signOddly(field, () => sign(field), alter);

const fromNow = (field: Field, durationMs: number): Date => new Date(field.time.now().getTime() + durationMs);
const encode = (bytes: string | Buffer): string => Buffer.from(bytes).toString('base64');

async function otherRequest(): Promise<string> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const wanted = { subject: [], dnsNames: ['a'], ipAddresses: [], uris: [], durationMs: HOUR_MS, isCa: false, usages: [] };
  return buildRequest(privateKey, wanted);
}

/** What the check refuses. */
const REFUSED: readonly { readonly name: string; readonly treat: (field: Field) => Treatment; readonly says: RegExp }[] = [
  { name: 'another-key', treat: oddly(async () => ({ otherKeyOf: await otherRequest(), durationMs: DAY_MS })), says: /another public key/ },
  {
    name: 'no-names',
    treat: oddly(() => ({ names: [], durationMs: DAY_MS })),
    says: /DNS:.* is missing; .*IP:.* is missing; .*URI:.* is missing/,
  },
  { name: 'a-ca', treat: oddly(() => ({ isCa: true, durationMs: DAY_MS })), says: /CA:TRUE/ },
  { name: 'expired', treat: oddly((field) => ({ notBeforeAt: new Date(0), notAfterAt: fromNow(field, -HOUR_MS) })), says: /it expired at/ },
  {
    name: 'ends-before-it-begins',
    treat: oddly((field) => ({ notBeforeAt: fromNow(field, -MINUTE_MS), notAfterAt: fromNow(field, -HOUR_MS) })),
    says: /before it begins/,
  },
  {
    name: 'not-valid-yet',
    treat: oddly((field) => ({ notBeforeAt: fromNow(field, 2 * MINUTE_MS), notAfterAt: fromNow(field, DAY_MS) })),
    says: /not valid before/,
  },
  { name: 'no-pem', treat: () => () => said({ certificate: encode('certificate'), ca: '' }), says: /no PEM block/ },
  { name: 'no-base64', treat: () => () => said({ certificate: '-----BEGIN CERTIFICATE-----', ca: '' }), says: /not base64/ },
  {
    name: 'no-certificate',
    treat: () => () => said({ certificate: encode(formatPem('CERTIFICATE', Buffer.alloc(99))), ca: '' }),
    says: /cannot be parsed/,
  },
  {
    name: 'a-megabyte',
    treat: oddly(
      () => ({ durationMs: DAY_MS }),
      ({ chainPem, caPem }) => ({ chainPem: chainPem.padEnd(1024 ** 2), caPem }),
    ),
    says: /more than 262144/,
  },
  {
    name: 'a-megabyte-of-ca',
    treat: oddly(
      () => ({ durationMs: DAY_MS }),
      ({ chainPem, caPem }) => ({ chainPem, caPem: caPem.padEnd(1024 ** 2) }),
    ),
    says: /more than 262144/,
  },
];

interface Tolerated {
  readonly name: string;
  readonly treat: (field: Field) => Treatment;
  readonly difference: Difference;
}

/** What it lets pass, and tells. */
const TOLERATED: readonly Tolerated[] = [
  { name: 'another-subject', treat: oddly(() => ({ subject: 'CN=other', durationMs: DAY_MS })), difference: 'subject' },
  { name: 'one-name-more', treat: oddly(() => ({ extraDns: ['more.example'], durationMs: DAY_MS })), difference: 'additional-san' },
  {
    name: 'fewer-usages',
    treat: oddly(() => ({ keyUsage: KeyUsageFlags.digitalSignature, durationMs: DAY_MS })),
    difference: 'fewer-usages',
  },
  { name: 'a-shorter-life', treat: oddly(() => ({ durationMs: HOUR_MS })), difference: 'lifetime' },
  { name: 'five-minutes', treat: oddly(() => ({ durationMs: 5 * MINUTE_MS })), difference: 'lifetime' },
  { name: 'a-longer-life', treat: oddly(() => ({ durationMs: 30 * DAY_MS })), difference: 'lifetime' },
  { name: 'no-chain', treat: withoutChain, difference: 'chain-unverified' },
  {
    name: 'a-ca-that-is-no-pem',
    treat: oddly(
      () => ({ durationMs: DAY_MS }),
      ({ chainPem }) => ({ chainPem, caPem: 'CA' }),
    ),
    difference: 'chain-unverified',
  },
];

/** Below an intermediate that it does not come with. */
function withoutChain(field: Field): Treatment {
  return async (request) => {
    const authority = await createCertificateAuthority({ clock: field.time, intermediate: true });
    return issued(await authority.sign(csrOf(request), { withoutChain: true, durationMs: DAY_MS }));
  };
}

/** Others may tell that a busy machine took its time. */
function isOnce(reason: string, reasons: readonly string[]): boolean {
  return reasons.filter((one) => one === reason).length === 1;
}

describe('odd certificates in the field', { timeout: rounds({ usual: 240_000, full: 3_600_000 }) }, () => {
  it('that are refused are never written: a pod does not start with one, and keeps its old files (invariants 1 and 4)', async (context) => {
    const minutes = rounds({ usual: 30, full: 10 * 60 });
    const { field, issuer } = await openOddField(context, { durationMs: DAY_MS });
    const before = await field.remains();
    for (const { name, treat, says } of REFUSED) {
      issuer.treat(`new-${name}`, treat(field));
      await assert.rejects(field.kubelet.publish(field.volume(`new-${name}`, ASKED)), says);
    }
    assert.deepEqual(await field.remains(), before);
    assert.equal(await metric(field, 'podcert_failures_total{event="issuance-failed",code="certificate-refused"}'), REFUSED.length);

    for (const { name } of REFUSED) {
      assert.ok(isOnce('CertificateRefused', await untilTold(field, `new-${name}`, 'CertificateRefused')), name);
    }
    const volumes = REFUSED.map(({ name }) => field.volume(`old-${name}`, ASKED));
    for (const volume of volumes) await field.kubelet.publish(volume);
    const old = volumes.map((volume) => field.read(volume));
    for (const { name, treat } of REFUSED) issuer.treat(`old-${name}`, treat(field));
    await sleepUntilDue(field);
    await field.driver.journal.nth('renewal-failed', REFUSED.length);
    await passRenewals(field, minutes * MINUTE_MS);
    assert.deepEqual(
      volumes.map((volume) => field.read(volume)),
      old,
    );
    const most = Math.max(...REFUSED.map(({ name }) => issuer.askedBy(`old-${name}`).length - 1));
    // Six until the back-off has come to five minutes, which pass a dozen times an hour; some more while a certificate comes to its end.
    assert.ok(most <= 6 + minutes / 5 + 25, `${most} requests in ${minutes} minutes`);
    assert.ok((await metric(field, 'podcert_failures_total{event="renewal-failed",code="certificate-refused"}')) >= REFUSED.length);
    for (const { name } of REFUSED) {
      assert.ok(isOnce('RenewalFailed', await untilTold(field, `old-${name}`, 'RenewalFailed')), name);
    }

    for (const { name } of REFUSED) issuer.treat(`old-${name}`);
    await passRenewals(field, 6 * MINUTE_MS);
    for (const [index, volume] of volumes.entries()) assert.notEqual(field.read(volume).serial, old[index]?.serial);
    report(context, {
      injected: REFUSED.map(({ name }) => name.replaceAll('-', ' ')).join(', '),
      rounds: 2 * REFUSED.length,
      observed: `at publish an error and nothing left; at renewal the old files for ${minutes} min, ${most} requests of a volume at most, metric and 1 event each`,
    });
  });

  it('that are tolerated are written and told, at publish and at renewal', async (context) => {
    const { field, issuer } = await openOddField(context, {});
    const volumes = TOLERATED.map(({ name }) => field.volume(name, ASKED));
    for (const { name, treat } of TOLERATED) issuer.treat(name, treat(field));
    for (const volume of volumes) await field.kubelet.publish(volume);
    const before = await Promise.all(volumes.map((volume) => readPodFolder(field.kubelet.targetPath(volume))));
    assert.ok(before.every(({ isPair }) => isPair));
    for (const { name } of TOLERATED) assert.ok(isOnce('CertificateDiffers', await untilTold(field, name, 'CertificateDiffers')), name);
    await sleepUntilDue(field);
    await field.driver.journal.nth('renewed', TOLERATED.length);
    for (const [index, volume] of volumes.entries()) {
      const { isPair, leaf } = await readPodFolder(field.kubelet.targetPath(volume));
      assert.ok(isPair && leaf.serialNumber !== before[index]?.leaf.serialNumber, volume.pod.name);
    }
    for (const difference of new Set(TOLERATED.map((one) => one.difference))) {
      const times = 2 * TOLERATED.filter((one) => one.difference === difference).length;
      assert.equal(await metric(field, `podcert_certificate_differences_total{difference="${difference}"}`), times);
    }
    for (const { name } of TOLERATED) await untilTold(field, name, 'CertificateDiffers', 2);
    report(context, {
      injected: TOLERATED.map(({ name }) => name.replaceAll('-', ' ')).join(', '),
      rounds: 2 * TOLERATED.length,
      observed: 'each written with its key, at publish and at renewal, and told by metric and 1 event',
    });
  });

  it('that are not there yet, though the request is said to be issued, are waited for, and that is told (invariant 4)', async (context) => {
    const { field, issuer } = await openOddField(context, { durationMs: DAY_MS });
    const volume = field.volume('web', ASKED);
    await field.kubelet.publish(volume);
    const old = field.read(volume);
    issuer.treat('web', () => said({ certificate: '' }));
    await sleepUntilDue(field);
    await passFor(field, 5_000, 500);
    await passFor(field, HOUR_MS);
    assert.deepEqual(field.read(volume), old);
    assert.equal(issuer.asked.length, 2);
    const [event, ...others] = await field.cluster.eventsOn('web');
    assert.match(String(event?.['note']), /said to be issued, but holds no certificate yet/);
    assert.deepEqual(others, []);
    const renewed = field.renewed(volume);
    await signOpenRequest(field, DAY_MS);
    await renewed;
    assert.notEqual(field.read(volume).serial, old.serial);
    report(context, {
      injected: 'a request of a renewal is Ready and its certificate empty for an hour',
      rounds: 1,
      observed: '1 request, the old files, 1 event that says so; renewed once the certificate was there',
    });
  });

  it('of more than a megabyte take up no memory, however many volumes get one', async (context) => {
    const count = rounds({ usual: 12, full: 60 });
    const { field, issuer } = await openOddField(context, {});
    const volumes = field.volumes(count + 1);
    // Longer ones would be beside the heap that is measured.
    const huge = encode('x'.repeat(1_000_000));
    for (const { pod } of volumes) issuer.treat(pod.name, () => said({ certificate: huge, ca: huge }));
    const publish = (volume: InlineVolume) => assert.rejects(field.kubelet.publish(volume), /more than 262144/);
    // Whatever the first one of its kind leaves behind is there already.
    for (const volume of volumes.slice(0, 1)) await publish(volume);
    const before = await field.driver.measure();
    for (const volume of volumes.slice(1)) await publish(volume);
    const after = await field.driver.measure();
    const grownBytes = after.heapBytes - before.heapBytes;
    assert.ok(grownBytes < 8 * 1024 ** 2, `${grownBytes} bytes`);
    report(context, {
      injected: 'certificate and CA of a megabyte each in the status of a request',
      rounds: count,
      observed: `refused each time; the heap grew by ${Math.round(grownBytes / 1024)} KiB in all while the requests were there`,
    });
  });
});
