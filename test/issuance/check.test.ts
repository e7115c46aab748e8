import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync, X509Certificate, type KeyObject } from 'node:crypto';
import { before, describe, it } from 'node:test';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../node-agent/clock.ts';
import type { Difference } from '../../node-agent/events.ts';
import { readChain } from '../../node-agent/issuance/certificate.ts';
import { checkIssued, type Expectation } from '../../node-agent/issuance/check.ts';
import { buildRequest } from '../../node-agent/issuance/request.ts';
import { formatPem } from '../../node-agent/pem.ts';
import type { Verification, Wanted } from '../../node-agent/wanted.ts';
import { withMonth99 } from '../support/month-99.ts';
import { createCertificateAuthority, KeyUsageFlags, type AuthorityOptions, type SignOptions } from '../support/certificate-authority.ts';
import { ManualClock } from '../support/manual-clock.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const clock = new ManualClock(NOW);
const key = newKey();
const keyPem = key.export({ type: 'pkcs8', format: 'pem' }) as string;
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';

const wanted: Wanted = {
  subject: [[{ oid: '2.5.4.10', value: { kind: 'text', text: 'Zoë' } }], [{ oid: '2.5.4.3', value: { kind: 'text', text: 'web' } }]],
  dnsNames: ['web.example'],
  ipAddresses: ['10.0.0.1', '2001:db8::1'],
  uris: ['spiffe://example/ns/a'],
  durationMs: HOUR_MS,
  isCa: false,
  usages: ['digital signature', 'key encipherment'],
};

function newKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

const endInMonth99: Case['alter'] = ({ caPem, chainPem }) => ({ caPem, chainPem: withMonth99(chainPem, 'notAfter') });

/** The extension for purposes, which is a sequence (RFC 5280 section 4.2.1.12), with the tag of a set. */
const purposesInASet: Case['alter'] = ({ caPem, chainPem }) => {
  const der = Buffer.from(new X509Certificate(chainPem).raw);
  const identifier = Buffer.from('0603551d25', 'hex');
  // After it the OCTET STRING's own tag and length.
  der[der.indexOf(identifier) + identifier.length + 2] = 0x31;
  return { caPem, chainPem: formatPem('CERTIFICATE', der) };
};

interface Case {
  readonly sign?: SignOptions;
  readonly authority?: AuthorityOptions;
  readonly wanted?: Partial<Wanted>;
  /** Changes what the CA returned. */
  readonly alter?: (issued: { chainPem: string; caPem: string }) => { chainPem: string; caPem: string };
  readonly verification?: Verification;
}

async function judge({ sign = {}, authority = {}, wanted: change = {}, alter = (issued) => issued, verification = 'covers' }: Case) {
  const all = { ...wanted, ...change };
  const ca = await createCertificateAuthority({ clock, ...authority });
  const { chainPem, caPem } = alter(await ca.sign(await buildRequest(key, all), sign));
  const issued = { chain: readChain(chainPem), issuerCaPem: caPem };
  const expectation: Expectation = { key, wanted: all, verification, now: NOW };
  return checkIssued(issued, expectation);
}

describe('the check of an issued certificate', () => {
  it('accepts what was asked for, without a difference, also when strict', async () => {
    const { facts, differences } = await judge({ verification: 'strict' });
    assert.deepEqual(differences, []);
    assert.equal(facts.notAfterAt.getTime(), NOW.getTime() + HOUR_MS);
    assert.match(facts.serial, /^[0-9A-F]{32}$/);
  });

  it('judges by the CA that came with the certificate, not by the one before', async () => {
    const [own, other] = [await createCertificateAuthority({ clock }), await createCertificateAuthority({ clock })];
    const { chainPem } = await own.sign(await buildRequest(key, wanted));
    const differencesBy = ({ rootPem: issuerCaPem }: { readonly rootPem: string }) =>
      checkIssued({ chain: readChain(chainPem), issuerCaPem }, { key, wanted, verification: 'covers', now: NOW }).differences;
    assert.deepEqual([own, other, own].map(differencesBy), [[], ['chain-unverified'], []]);
  });

  it('accepts a chain over an intermediate', async () => {
    const { differences } = await judge({ authority: { intermediate: true }, verification: 'strict' });
    assert.deepEqual(differences, []);
  });

  const unreadable: { name: string; alter: NonNullable<Case['alter']>; message: RegExp }[] = [
    { name: 'an empty chain', alter: (issued) => ({ ...issued, chainPem: ' \n' }), message: /it is empty/ },
    { name: 'text that is no PEM', alter: (issued) => ({ ...issued, chainPem: 'certificate' }), message: /no PEM block/ },
    {
      name: 'garbage after the certificate',
      alter: (issued) => ({ ...issued, chainPem: `${issued.chainPem}x` }),
      message: /follows the last block/,
    },
    {
      name: 'garbage within the block',
      alter: (issued) => ({ ...issued, chainPem: appendToDer(issued.chainPem) }),
      message: /bytes after its end/,
    },
    {
      name: 'a private key in the chain',
      alter: (issued) => ({ ...issued, chainPem: issued.chainPem + keyPem }),
      message: /block 2 is labelled "PRIVATE KEY"/,
    },
    {
      name: 'a damaged second certificate',
      alter: (issued) => ({ ...issued, chainPem: issued.chainPem + issued.caPem.replace(/MII../, 'AAAAA') }),
      message: /certificate 2 cannot be parsed/,
    },
    {
      name: 'seventeen certificates',
      alter: (issued) => ({ ...issued, chainPem: issued.chainPem.repeat(17) }),
      message: /17 certificates, more than 16/,
    },
    {
      name: 'more than 256 KiB',
      alter: (issued) => ({ ...issued, chainPem: issued.chainPem + ' '.repeat(256 * 1024) }),
      message: /more than 262144/,
    },
  ];
  for (const { name, alter, message } of unreadable) {
    it(`refuses ${name}, whatever the verification`, async () => {
      for (const verification of ['key', 'covers', 'strict'] as const) {
        await assert.rejects(judge({ alter, verification }), { code: 'certificate-refused', message });
      }
    });
  }

  const wrong: { name: string; sign: SignOptions | (() => Promise<SignOptions>); message: RegExp }[] = [
    {
      name: 'the certificate of another key',
      sign: async () => ({ otherKeyOf: await buildRequest(newKey(), wanted) }),
      message: /another public key/,
    },
    {
      name: 'one that has expired',
      sign: { notAfterAt: new Date(NOW.getTime() - 5_000), notBeforeAt: new Date(0) },
      message: /expired at 2026-03-01T11:59:55.000Z, 5 s ago/,
    },
    { name: 'one that expires now', sign: { notAfterAt: NOW }, message: /expired .* 0 s ago/ },
    {
      name: 'one that is not valid yet',
      sign: { notBeforeAt: new Date(NOW.getTime() + 2_000) },
      message: /not valid before 2026-03-01T12:00:02.000Z, 2 s from now/,
    },
    {
      name: 'one that ends before it begins',
      sign: { notBeforeAt: new Date(NOW.getTime() - 1_000), notAfterAt: new Date(NOW.getTime() - 9_000) },
      message: /before it begins/,
    },
  ];

  it('refuses one whose end is no date', async () => {
    await assert.rejects(judge({ alter: endInMonth99 }), { code: 'certificate-refused', message: /not a pair of dates/ });
  });

  for (const { name, sign, message } of wrong) {
    it(`refuses ${name}, whatever the verification`, async () => {
      const options = typeof sign === 'function' ? await sign() : sign;
      for (const verification of ['key', 'covers', 'strict'] as const) {
        await assert.rejects(judge({ sign: options, verification }), { code: 'certificate-refused', message });
      }
    });
  }

  const uncovered: { name: string; sign: SignOptions; message: RegExp }[] = [
    {
      name: 'a CA certificate that was not asked for',
      sign: { isCa: true, keyUsage: KeyUsageFlags.keyCertSign | KeyUsageFlags.digitalSignature },
      message: /CA:TRUE.*is-ca/,
    },
    // node:crypto says `ca: false` of this one.
    { name: 'CA:TRUE without the usage to sign', sign: { isCa: true }, message: /CA:TRUE/ },
    { name: 'a missing DNS name', sign: { names: [{ type: 'dns', value: 'other' }] }, message: /"DNS:web.example" is missing/ },
    { name: 'a missing IPv6 address', sign: { names: [{ type: 'ip', value: '10.0.0.1' }] }, message: /"IP:2001:db8::1" is missing/ },
    {
      name: 'a missing URI',
      sign: { names: [{ type: 'url', value: 'spiffe://example/ns/b' }] },
      message: /"URI:spiffe:\/\/example\/ns\/a" is missing/,
    },
    {
      name: 'a wildcard in place of the name',
      sign: { names: [{ type: 'dns', value: '*.example' }] },
      message: /"DNS:web.example" is missing/,
    },
    { name: 'alternative names that are malformed', sign: { rawNames: new Uint8Array([0x30, 0x05, 0x82]) }, message: /Cannot read DER/ },
  ];
  for (const { name, sign, message } of uncovered) {
    it(`refuses ${name}, unless only the key is verified`, async () => {
      await assert.rejects(judge({ sign }), { code: 'certificate-refused', message });
      await assert.rejects(judge({ sign, verification: 'strict' }), { code: 'certificate-refused', message });
      assert.deepEqual((await judge({ sign, verification: 'key' })).differences, []);
    });
  }

  it('names all reasons at once', async () => {
    const sign = { isCa: true, names: [], notBeforeAt: new Date(NOW.getTime() + 1_000), otherKeyOf: await buildRequest(newKey(), wanted) };
    await assert.rejects(judge({ sign }), {
      message: /another public key.*not valid before.*CA:TRUE.*web\.example.*10\.0\.0\.1.*2001:db8.*spiffe/,
    });
  });

  const differing: ({ name: string; difference: Difference } & Case)[] = [
    { name: 'another common name', sign: { subject: 'O=Zoë, CN=other' }, difference: 'subject' },
    { name: 'no subject', sign: { subject: '' }, difference: 'subject' },
    { name: 'the names of the subject in another order', sign: { subject: 'CN=web, O=Zoë' }, difference: 'subject' },
    { name: 'a DNS name more', sign: { extraDns: ['more.example'] }, difference: 'additional-san' },
    { name: 'fewer bits of key usage', sign: { keyUsage: KeyUsageFlags.digitalSignature }, difference: 'fewer-usages' },
    {
      name: 'fewer purposes',
      sign: { extendedKeyUsage: [SERVER_AUTH] },
      wanted: { usages: ['client auth', 'server auth'] },
      difference: 'fewer-usages',
    },
    { name: 'no CA where one was asked for', wanted: { isCa: true }, difference: 'fewer-usages' },
    { name: 'a shorter life', sign: { durationMs: 50 * MINUTE_MS }, difference: 'lifetime' },
    { name: 'a longer life', sign: { durationMs: 2 * HOUR_MS }, difference: 'lifetime' },
    {
      name: 'an issuer that is not its own CA',
      alter: ({ chainPem }) => ({ chainPem, caPem: otherCaPem }),
      difference: 'chain-unverified',
    },
    { name: 'a missing intermediate', authority: { intermediate: true }, sign: { withoutChain: true }, difference: 'chain-unverified' },
    {
      name: 'an intermediate that is no CA',
      authority: { signerIsCa: false, intermediate: true },
      difference: 'chain-unverified',
    },
    { name: 'a CA that has expired', authority: { notAfterAt: new Date(NOW.getTime() - 1) }, difference: 'chain-unverified' },
    {
      name: 'a signature that is not of the CA',
      alter: (issued) => ({ ...issued, chainPem: forge(issued.chainPem) }),
      difference: 'chain-unverified',
    },
    { name: 'a CA that is unreadable', alter: ({ chainPem }) => ({ chainPem, caPem: 'not PEM' }), difference: 'chain-unverified' },
  ];
  let otherCaPem = '';
  before(async () => {
    otherCaPem = (await createCertificateAuthority({ clock, name: 'Other' })).rootPem;
  });
  for (const { name, difference, ...rest } of differing) {
    it(`accepts ${name} and tells it, but not when strict`, async () => {
      assert.deepEqual((await judge(rest)).differences, [difference]);
      await assert.rejects(judge({ ...rest, verification: 'strict' }), {
        code: 'certificate-refused',
        message: /podcert.io\/verify is "strict"/,
      });
    });
  }

  const same: ({ name: string } & Case)[] = [
    { name: 'an issuer that says nothing of its CA', alter: ({ chainPem }) => ({ chainPem, caPem: '\n' }) },
    {
      name: 'an intermediate as the CA',
      authority: { intermediate: true },
      alter: ({ chainPem }) => ({ chainPem, caPem: certificatesOf(chainPem)[1]! }),
    },
    { name: 'the leaf itself as the CA', alter: ({ chainPem }) => ({ chainPem, caPem: chainPem }) },
    { name: 'the CA among others', alter: ({ chainPem, caPem }) => ({ chainPem, caPem: otherCaPem + caPem }) },
    { name: 'certificates in the chain that lead nowhere', alter: ({ chainPem, caPem }) => ({ chainPem: chainPem + otherCaPem, caPem }) },
    { name: 'a DNS name in capitals', sign: { names: [{ type: 'dns', value: 'WEB.example' }] }, wanted: { ipAddresses: [], uris: [] } },
    { name: 'no key usage at all, which allows everything', sign: { keyUsage: 'none' } },
    { name: 'any purpose', sign: { extendedKeyUsage: ['2.5.29.37.0'] }, wanted: { usages: ['server auth'] } },
    { name: 'a purpose more', sign: { extendedKeyUsage: [SERVER_AUTH] } },
    { name: 'a backdated beginning', sign: { notBeforeAt: new Date(NOW.getTime() - DAY_MS) } },
    {
      name: 'the duration counted from a backdated beginning',
      sign: { notBeforeAt: new Date(NOW.getTime() - 5 * MINUTE_MS), notAfterAt: new Date(NOW.getTime() + 55 * MINUTE_MS) },
    },
    { name: 'a life that is 3 minutes short of an hour', sign: { durationMs: 57 * MINUTE_MS } },
    { name: 'a CA certificate where one was asked for', sign: { isCa: true }, wanted: { isCa: true } },
  ];
  for (const { name, ...rest } of same) {
    it(`finds no difference in ${name}`, async () => {
      assert.deepEqual((await judge({ ...rest, verification: 'strict' })).differences, []);
    });
  }

  it('leaves no error of OpenSSL behind that would fail the next call, which may be another volume’s', async () => {
    await assert.rejects(judge({ sign: { extendedKeyUsage: [SERVER_AUTH] }, alter: purposesInASet }), {
      code: 'certificate-refused',
      message: /extKeyUsage/,
    });
    createPrivateKey(keyPem);
  });

  it('holds a chain against the path length of the root', async () => {
    assert.deepEqual((await judge({ authority: { intermediate: true, pathLength: 0 } })).differences, ['chain-unverified']);
    assert.deepEqual((await judge({ authority: { intermediate: true, pathLength: 1 } })).differences, []);
  });

  it('ends soon where all authorities of the chain have issued one another', async () => {
    const ca = await createCertificateAuthority({ clock });
    const { chainPem, caPem } = await ca.sign(await buildRequest(key, wanted));
    const issued = { chain: readChain(chainPem + caPem.repeat(15)), issuerCaPem: otherCaPem };
    const startedAt = process.hrtime.bigint();
    const { differences } = checkIssued(issued, { key, wanted, verification: 'covers', now: NOW });
    assert.deepEqual(differences, ['chain-unverified']);
    assert.ok(process.hrtime.bigint() - startedAt < 2_000_000_000n);
  });
});

function certificatesOf(pem: string): readonly string[] {
  return pem.match(/-----BEGIN[^]*?-----END CERTIFICATE-----\n/g) ?? [];
}

function appendToDer(pem: string): string {
  return formatPem('CERTIFICATE', Buffer.concat([new X509Certificate(pem).raw, Buffer.from('more')]));
}

/** Everything as it was, but for one bit of the signature, which is what a certificate ends with. */
function forge(pem: string): string {
  const der = Buffer.from(new X509Certificate(pem).raw);
  der[der.length - 1]! ^= 1;
  return formatPem('CERTIFICATE', der);
}
