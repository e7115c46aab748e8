import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { buildRequest } from '../../node-agent/issuance/request.ts';
import type { NameAttribute, Wanted } from '../../node-agent/wanted.ts';
import { openssl } from '../support/openssl.ts';

const COMMON_NAME = '2.5.4.3';
const nothing: Wanted = {
  subject: [],
  dnsNames: [],
  ipAddresses: [],
  uris: [],
  durationMs: 3_600_000,
  isCa: false,
  usages: ['digital signature', 'key encipherment'],
};

const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

function text(oid: string, value: string): NameAttribute {
  return { oid, value: { kind: 'text', text: value } };
}

function ber(hex: string): NameAttribute {
  return { oid: '1.2.3.4', value: { kind: 'ber', bytes: Buffer.from(hex, 'hex') } };
}

/** What OpenSSL reads in the request, once it has verified its signature. */
async function readByOpenssl(csrPem: string, ...options: string[]): Promise<string> {
  const { ok, output } = await openssl(['req', '-verify', '-noout', '-in', 'a.csr', ...options], { 'a.csr': csrPem });
  assert.ok(ok, output);
  assert.match(output, /self-signature verify OK/);
  return output;
}

const keys = [
  { name: 'RSA', key: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, signature: 'sha256WithRSAEncryption' },
  { name: 'ECDSA P-256', key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, signature: 'ecdsa-with-SHA256' },
  { name: 'ECDSA P-384', key: generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey, signature: 'ecdsa-with-SHA384' },
  { name: 'ECDSA P-521', key: generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey, signature: 'ecdsa-with-SHA512' },
  { name: 'Ed25519', key: generateKeyPairSync('ed25519').privateKey, signature: 'ED25519' },
];

describe('a certificate request', () => {
  for (const { name, key, signature } of keys) {
    it(`is signed by its ${name} key so that OpenSSL verifies it`, async () => {
      const output = await readByOpenssl(await buildRequest(key, { ...nothing, dnsNames: ['a.example'] }), '-text');
      assert.match(output, new RegExp(`Signature Algorithm: ${signature}`));
    });
  }

  it('carries every kind of alternative name, and no other extension', async () => {
    const wanted = {
      ...nothing,
      subject: [[text(COMMON_NAME, 'web')]],
      dnsNames: ['web.example', '*.web.example'],
      ipAddresses: ['10.0.0.1', '2001:db8::1', '64:ff9b::102:304', '::', '1::', 'fe80::1:0:0:2'],
      uris: ['spiffe://example/ns/a%20b'],
    };
    const output = await readByOpenssl(await buildRequest(p256, wanted), '-text');
    const names = /X509v3 Subject Alternative Name: *\n *(.*)/.exec(output)?.[1];
    assert.equal(
      names,
      [
        'DNS:web.example, DNS:*.web.example, IP Address:10.0.0.1, IP Address:2001:DB8:0:0:0:0:0:1, IP Address:64:FF9B:0:0:0:0:102:304',
        'IP Address:0:0:0:0:0:0:0:0, IP Address:1:0:0:0:0:0:0:0, IP Address:FE80:0:0:0:1:0:0:2, URI:spiffe://example/ns/a%20b',
      ].join(', '),
    );
    assert.equal(output.match(/X509v3/g)?.length, 1);
  });

  it('marks the alternative names critical where the subject is empty (RFC 5280 section 4.2.1.6)', async () => {
    const output = await readByOpenssl(await buildRequest(p256, { ...nothing, dnsNames: ['a.example'] }), '-text');
    assert.match(output, /Subject Alternative Name: critical/);
    assert.match(output, /Subject: *\n/);
  });

  it('has no extension at all where no alternative name is wanted', async () => {
    const output = await readByOpenssl(await buildRequest(p256, { ...nothing, subject: [[text(COMMON_NAME, 'web')]] }), '-text');
    assert.doesNotMatch(output, /X509v3/);
  });

  const subjects: { name: string; subject: Wanted['subject']; printed: string }[] = [
    {
      name: 'the order given',
      subject: [[text('2.5.4.6', 'DE')], [text(COMMON_NAME, 'web')]],
      printed: 'C=PRINTABLESTRING:DE,CN=PRINTABLESTRING:web',
    },
    {
      name: 'a multi-valued RDN, sorted as DER asks',
      subject: [[text('2.5.4.11', 'zz'), text('2.5.4.11', 'b'), text(COMMON_NAME, 'web')]],
      printed: 'OU=PRINTABLESTRING:b+OU=PRINTABLESTRING:zz+CN=PRINTABLESTRING:web',
    },
    { name: 'what looks like an escape', subject: [[text(COMMON_NAME, 'a\\0a"b"#')]], printed: 'CN=UTF8STRING:a\\\\0a\\"b\\"#' },
    { name: 'a comma, a plus sign and a leading hash', subject: [[text(COMMON_NAME, '#1,2+3')]], printed: 'CN=UTF8STRING:\\#1\\,2\\+3' },
    { name: 'text beyond ASCII', subject: [[text(COMMON_NAME, 'Zoë 🦊')]], printed: 'CN=UTF8STRING:Zo\\C3\\AB \\F0\\9F\\A6\\8A' },
    { name: 'an asterisk, which no PrintableString has', subject: [[text(COMMON_NAME, '*.example')]], printed: 'CN=UTF8STRING:*.example' },
    {
      name: 'a domain component as IA5String',
      subject: [[text('0.9.2342.19200300.100.1.25', 'example')]],
      printed: 'DC=IA5STRING:example',
    },
    {
      name: 'an e-mail address as IA5String',
      subject: [[text('1.2.840.113549.1.9.1', 'a@b.example')]],
      printed: 'emailAddress=IA5STRING:a@b.example',
    },
    { name: 'a BER value as it is given', subject: [[ber('1e0400410042')]], printed: '1.2.3.4=BMPSTRING:AB' },
    {
      name: 'an object identifier with a large arc',
      subject: [[text('2.999.4294967296', 'x')]],
      printed: '2.999.4294967296=PRINTABLESTRING:x',
    },
  ];
  for (const { name, subject, printed } of subjects) {
    it(`writes ${name}`, async () => {
      const csrPem = await buildRequest(p256, { ...nothing, subject });
      const output = await readByOpenssl(csrPem, '-subject', '-nameopt', 'RFC2253,-dn_rev,show_type,-dump_der,-dump_unknown');
      assert.equal(/^subject=(.*)$/m.exec(output)?.[1], printed);
    });
  }

  for (const [hex, what] of [
    ['020101', 'a number'],
    ['04024869', 'an OCTET STRING'],
    ['310c300a06035504030c03576562', 'a set'],
    ['1e0141', 'half a character'],
    ['0c02edb0', 'what is no UTF-8'],
  ] as const) {
    it(`refuses the BER value "#${hex}", ${what}, with which nobody could read the certificate`, async () => {
      await assert.rejects(buildRequest(p256, { ...nothing, subject: [[ber(hex)]] }), {
        code: 'invalid-request',
        message: /literal-subject: .*; write/,
      });
    });
  }

  it('either holds a BER value unchanged or is refused, whatever the bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 12 }), async (bytes) => {
        const subject = [[{ oid: '1.2.3.4', value: { kind: 'ber' as const, bytes } }]];
        const csrPem = await buildRequest(p256, { ...nothing, subject }).catch((error: unknown) => {
          assert.equal((error as { code?: unknown }).code, 'invalid-request');
        });
        if (csrPem === undefined) return;
        const der = Buffer.from(csrPem.split('\n').slice(1, -2).join(''), 'base64');
        assert.ok(der.includes(Buffer.concat([Buffer.from('06032a0304', 'hex'), bytes])));
      }),
      { numRuns: 300 },
    );
  });
});
