import assert from 'node:assert/strict';
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { describe, it } from 'node:test';
import { HOUR_MS } from '../../node-agent/clock.ts';
import { matches, readFacts } from '../../node-agent/issuance/certificate.ts';
import { certify, type CertificateOrder } from '../../node-agent/issuance/certify.ts';
import { createKeySource } from '../../node-agent/issuance/keys.ts';
import { encodePrivateKey } from '../../node-agent/issuance/private-key.ts';
import type { Issuer, Order, Waiting } from '../../node-agent/ports.ts';
import { parseVolumeId } from '../../node-agent/volume-id.ts';
import { withMonth99 } from '../support/month-99.ts';
import { createCertificateAuthority } from '../support/certificate-authority.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { noPodToken } from '../support/pod-tokens.ts';

const nobody = new AbortController().signal;
const clock = new ManualClock();
const keys = createKeySource({ clock });
const order: CertificateOrder = {
  volumeId: parseVolumeId('csi-1')!,
  pod: { namespace: 'a', name: 'web', uid: 'u', serviceAccount: 'default' },
  issuer: { name: 'ca', kind: 'Issuer', group: 'cert-manager.io' },
  annotations: { 'example.org/approver': 'x' },
  wanted: { subject: [], dnsNames: ['web.example'], ipAddresses: [], uris: [], durationMs: HOUR_MS, isCa: false, usages: ['signing'] },
  podToken: noPodToken,
  key: { algorithm: 'ECDSA', bits: 256, encoding: 'PKCS8' },
  verification: 'covers',
};

/** An issuer that takes a minute of the clock. */
async function signingIssuer(orders: Order[] = []): Promise<Issuer> {
  const ca = await createCertificateAuthority({ clock });
  return {
    async issue(order, waiting) {
      orders.push(order);
      waiting({ reason: 'not approved yet', requestName: 'r' });
      await clock.advance(60_000);
      const { chainPem, caPem } = await ca.sign(order.csrPem, { extraDns: ['more.example'] });
      return { chainPem, issuerCaPem: caPem };
    },
  };
}

describe('certify', () => {
  it('comes back with a key and a certificate that match, what differs, and when it arrived', async () => {
    const orders: Order[] = [];
    const reasons: Waiting[] = [];
    const startedMs = clock.now().getTime();
    const certified = await certify({ keys, issuer: await signingIssuer(orders), clock }, order, (why) => reasons.push(why), nobody);
    const { keyPem, chainPem } = certified.contents;
    assert.ok(matches(keyPem, chainPem));
    assert.ok(new X509Certificate(chainPem).checkPrivateKey(createPrivateKey(keyPem)));
    assert.deepEqual(certified.facts, readFacts(chainPem));
    assert.deepEqual(certified.differences, ['additional-san']);
    assert.equal(certified.receivedAt.getTime(), startedMs + 60_000);
    assert.deepEqual(certified.steps.read(), { keyMs: 0, createMs: 0, waitMs: 60_000, writeMs: 0 });
    assert.deepEqual(reasons, [{ reason: 'not approved yet', requestName: 'r' }]);
    // The issuer is given no key, only the request for it.
    const { key: _key, verification: _verification, ...given } = order;
    assert.deepEqual(orders, [{ ...given, csrPem: orders[0]!.csrPem }]);
  });

  it('waits for a certificate that an issuer with a faster clock made valid from a moment ahead', async () => {
    const ca = await createCertificateAuthority({ clock });
    const ahead = (aheadMs: number): Issuer => ({
      async issue({ csrPem }) {
        const { chainPem, caPem } = await ca.sign(csrPem, { notBeforeAt: new Date(clock.now().getTime() + aheadMs) });
        return { chainPem, issuerCaPem: caPem };
      },
    });
    const reasons: Waiting[] = [];
    const told = Promise.withResolvers<void>();
    const certified = certify({ keys, issuer: ahead(3_000), clock }, order, (why) => (reasons.push(why), told.resolve()), nobody);
    await told.promise;
    await clock.advance(3_000);
    const { facts, receivedAt } = await certified;
    assert.ok(facts.notBeforeAt > receivedAt && facts.notBeforeAt <= clock.now());
    assert.match(reasons[0]?.reason ?? '', /the clock of this node is behind/);
    await assert.rejects(
      certify({ keys, issuer: ahead(120_000), clock }, order, () => {}, nobody),
      { code: 'certificate-refused' },
    );
  });

  for (const date of ['notBefore', 'notAfter'] as const) {
    it(`refuses a certificate whose ${date} is no date that a calendar has`, async () => {
      const ca = await createCertificateAuthority({ clock });
      const issuer: Issuer = {
        issue: async ({ csrPem }) => ({ chainPem: withMonth99((await ca.sign(csrPem)).chainPem, date), issuerCaPem: '' }),
      };
      await assert.rejects(
        certify({ keys, issuer, clock }, order, () => {}, nobody),
        { code: 'certificate-refused', message: /the validity of certificate 1 is not a pair of dates/ },
      );
    });
  }

  it('uses the key it is given if it fits, and makes another if not', async () => {
    const issuer = await signingIssuer();
    const reusableKeyPem = encodePrivateKey(await keys.make(order.key, nobody), order.key);
    const kept = await certify({ keys, issuer, clock }, { ...order, reusableKeyPem }, () => {}, nobody);
    assert.equal(kept.contents.keyPem, reusableKeyPem);
    const key = { algorithm: 'Ed25519', encoding: 'PKCS8' } as const;
    const made = await certify({ keys, issuer, clock }, { ...order, key, reusableKeyPem }, () => {}, nobody);
    assert.equal(createPrivateKey(made.contents.keyPem).asymmetricKeyType, 'ed25519');
  });

  it('passes on neither a certificate for another key nor an answer without one', async () => {
    const signing = await signingIssuer();
    const { chainPem, issuerCaPem } = (await certify({ keys, issuer: signing, clock }, order, () => {}, nobody)).contents;
    for (const issued of [
      { chainPem, issuerCaPem },
      { chainPem: '', issuerCaPem },
    ]) {
      const issuer: Issuer = { issue: () => Promise.resolve(issued) };
      await assert.rejects(
        certify({ keys, issuer, clock }, order, () => {}, nobody),
        { code: 'certificate-refused' },
      );
    }
  });

  it('asks no issuer once it has been aborted', async () => {
    const orders: Order[] = [];
    const issuer = await signingIssuer(orders);
    await assert.rejects(
      certify({ keys, issuer, clock }, order, () => {}, AbortSignal.abort(new Error('enough'))),
      /enough/,
    );
    assert.deepEqual(orders, []);
  });
});

describe('a stored pair of key and chain', () => {
  it('matches only itself', async () => {
    const issuer = await signingIssuer();
    const [one, two] = await Promise.all([0, 1].map(() => certify({ keys, issuer, clock }, order, () => {}, nobody)));
    assert.ok(matches(one!.contents.keyPem, one!.contents.chainPem));
    assert.ok(!matches(one!.contents.keyPem, two!.contents.chainPem));
    assert.ok(!matches('', one!.contents.chainPem));
    assert.ok(!matches(one!.contents.keyPem, ''));
  });
});
