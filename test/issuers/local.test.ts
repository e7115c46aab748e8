import assert from 'node:assert/strict';
import type { KeyObject } from 'node:crypto';
import { X509Certificate } from 'node:crypto';
import { chmod, mkdir, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { DAY_MS, HOUR_MS } from '../../node-agent/clock.ts';
import { describeProblem } from '../../node-agent/errors.ts';
import { readChain } from '../../node-agent/issuance/certificate.ts';
import { checkIssued } from '../../node-agent/issuance/check.ts';
import { encodePrivateKey, generatePrivateKey } from '../../node-agent/issuance/private-key.ts';
import { buildRequest } from '../../node-agent/issuance/request.ts';
import { openLocalCa } from '../../node-agent/issuers/local/local-ca.ts';
import type { Disk, Order } from '../../node-agent/ports.ts';
import { parseVolumeId } from '../../node-agent/volume-id.ts';
import { createDisk } from '../../node-agent/volume/disk.ts';
import { createHome } from '../../node-agent/volume/home.ts';
import { KEY_USAGES, type KeySpec, type KeyUsage, type Wanted } from '../../node-agent/wanted.ts';
import { withMonth99 } from '../support/month-99.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { noPodToken } from '../support/pod-tokens.ts';
import { openssl } from '../support/openssl.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const ecdsa: KeySpec = { algorithm: 'ECDSA', bits: 256, encoding: 'PKCS8' };
const nobody = new AbortController().signal;
const wanted: Wanted = {
  subject: [[{ oid: '2.5.4.3', value: { kind: 'text', text: 'web' } }]],
  dnsNames: ['web.example'],
  ipAddresses: ['10.0.0.1', '2001:db8::a'],
  uris: ['spiffe://example/ns/a'],
  durationMs: HOUR_MS,
  isCa: false,
  usages: ['digital signature', 'key encipherment', 'server auth'],
};

function makeKey(spec: KeySpec = ecdsa): Promise<KeyObject> {
  return generatePrivateKey(spec);
}

async function orderFor(key: KeyObject, change: Partial<Wanted> = {}): Promise<Order> {
  const all = { ...wanted, ...change };
  return {
    volumeId: parseVolumeId('csi-1')!,
    pod: { namespace: 'a', name: 'web', uid: 'u', serviceAccount: 'default' },
    issuer: { name: 'any', kind: 'LocalCA', group: 'podcert.io' },
    annotations: {},
    csrPem: await buildRequest(key, all),
    wanted: all,
    podToken: noPodToken,
  };
}

async function open(directory: string, options: { clock?: ManualClock; maximumDurationMs?: number; disk?: Disk } = {}) {
  const disk = createDisk(createHome(directory));
  return openLocalCa({ directory, maximumDurationMs: 30 * DAY_MS, clock: new ManualClock(new Date()), disk, ...options });
}

/** A key and a certificate that signs itself, as OpenSSL makes them; `extensions` as it takes them. */
async function writeAuthority(directory: string, extensions: readonly string[], algorithm = 'ed25519'): Promise<void> {
  const [key, certificate] = [join(directory, 'ca.key'), join(directory, 'ca.crt')];
  const add = extensions.flatMap((extension) => ['-addext', extension]);
  const made = await openssl([
    'req',
    '-x509',
    '-newkey',
    algorithm,
    '-nodes',
    '-keyout',
    key,
    '-out',
    certificate,
    '-subj',
    '/CN=given',
    ...add,
  ]);
  assert.ok(made.ok, made.output);
  await chmod(key, 0o600);
}

async function describeByOpenssl(pem: string): Promise<string> {
  const { ok, output } = await openssl(['x509', '-noout', '-text', '-in', 'a.crt'], { 'a.crt': pem });
  assert.ok(ok, output);
  return output;
}

describe('a local CA that makes itself', () => {
  it('is a P-256 root of ten years with path length 0, whose files only the driver may read', async () => {
    const directory = temporaryFolder('local-ca');
    await open(directory);
    assert.deepEqual((await readdir(directory)).toSorted(), ['ca.crt', 'ca.key']);
    for (const name of ['ca.crt', 'ca.key']) assert.equal((await stat(join(directory, name))).mode & 0o777, 0o600);
    const text = await describeByOpenssl(await readFile(join(directory, 'ca.crt'), 'utf8'));
    assert.match(text, /NIST CURVE: P-256/);
    assert.match(text, /Basic Constraints: critical\s+CA:TRUE, pathlen:0/);
    assert.match(text, /Key Usage: critical\s+Certificate Sign, CRL Sign/);
    const { validToDate } = new X509Certificate(await readFile(join(directory, 'ca.crt')));
    assert.ok(Math.abs(validToDate.getTime() - Date.now() - 3652 * DAY_MS) < 2 * DAY_MS);
    const key = await openssl(['pkey', '-check', '-noout', '-in', join(directory, 'ca.key')]);
    assert.match(key.output, /Key is valid/);
  });

  it('is the same after a restart', async () => {
    const directory = temporaryFolder('local-ca');
    const first = await (await open(directory)).issue(await orderFor(await makeKey()), () => {}, nobody);
    const second = await (await open(directory)).issue(await orderFor(await makeKey()), () => {}, nobody);
    assert.equal(first.issuerCaPem, second.issuerCaPem);
  });

  it('opens after a crash before and after any of its disk operations, and keeps the CA once its key is in place', async () => {
    for (let survive = 0; ; survive++) {
      const directory = temporaryFolder('local-ca');
      const crash = new Error('killed');
      const disk = dyingDisk(createDisk(createHome(directory)), survive, crash);
      const finished = await open(directory, { disk }).then(
        () => true,
        (error: unknown) => assert.equal(error, crash),
      );
      const key = await readFile(join(directory, 'ca.key'), 'utf8').catch(() => undefined);
      await open(directory);
      if (key !== undefined) assert.equal(await readFile(join(directory, 'ca.key'), 'utf8'), key);
      assert.deepEqual((await readdir(directory)).toSorted(), ['ca.crt', 'ca.key']);
      if (finished === true) return;
      assert.ok(survive < 20);
    }
  });
});

/** Performs `operations` operations and fails all others. */
function dyingDisk(disk: Disk, operations: number, crash: Error): Disk {
  let left = operations;
  return new Proxy(disk, {
    get:
      (target, name: keyof Disk) =>
      async (...args: unknown[]) => {
        if (left-- <= 0) throw crash;
        return Reflect.apply(target[name], target, args);
      },
  });
}

describe('a certificate of the local CA', () => {
  for (const key of [
    ecdsa,
    { algorithm: 'RSA', bits: 2048, encoding: 'PKCS1' },
    { algorithm: 'ECDSA', bits: 384, encoding: 'PKCS8' },
    { algorithm: 'ECDSA', bits: 521, encoding: 'PKCS8' },
    { algorithm: 'Ed25519', encoding: 'PKCS8' },
  ] as const) {
    it(`for a key of ${key.algorithm} ${'bits' in key ? key.bits : ''} is what was asked for, and OpenSSL verifies it in strict mode`, async () => {
      const clock = new ManualClock(new Date());
      const ca = await open(temporaryFolder('local-ca'), { clock });
      const made = await makeKey(key);
      const issued = await ca.issue(await orderFor(made), () => {}, nobody);
      const judged = { ...issued, chain: readChain(issued.chainPem) };
      const { differences } = checkIssued(judged, { key: made, wanted, verification: 'strict', now: clock.now() });
      assert.deepEqual(differences, []);
      const files = { 'ca.pem': issued.issuerCaPem, 'leaf.pem': issued.chainPem };
      const verdict = await openssl(['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', 'ca.pem', 'leaf.pem'], files);
      assert.ok(verdict.ok, verdict.output);
    });
  }

  it('begins 30 seconds ago, ends after the duration, and is not of a CA', async () => {
    const clock = new ManualClock(new Date('2026-03-01T12:00:00Z'));
    const ca = await open(temporaryFolder('local-ca'), { clock });
    const { chainPem } = await ca.issue(await orderFor(await makeKey()), () => {}, nobody);
    const leaf = new X509Certificate(chainPem);
    assert.equal(leaf.validFromDate.toISOString(), '2026-03-01T11:59:30.000Z');
    assert.equal(leaf.validToDate.toISOString(), '2026-03-01T13:00:00.000Z');
    assert.match(await describeByOpenssl(chainPem), /Basic Constraints: critical\s+CA:FALSE/);
  });

  it('lives as long as configured at most, and never longer than the CA', async () => {
    const directory = temporaryFolder('local-ca');
    const startAt = new Date('2026-03-01T12:00:00Z');
    const lifetimeMs = async (clock: ManualClock, maximumDurationMs: number) => {
      const ca = await open(directory, { clock, maximumDurationMs });
      const { chainPem } = await ca.issue(await orderFor(await makeKey(), { durationMs: 90 * DAY_MS }), () => {}, nobody);
      return new X509Certificate(chainPem).validToDate.getTime() - clock.now().getTime();
    };
    assert.equal(await lifetimeMs(new ManualClock(startAt), 30 * DAY_MS), 30 * DAY_MS);
    assert.equal(await lifetimeMs(new ManualClock(startAt), 60 * DAY_MS), 60 * DAY_MS);
    assert.equal(await lifetimeMs(new ManualClock(new Date('2036-02-29T12:00:00Z')), 30 * DAY_MS), DAY_MS);
  });

  it('has a serial number of 128 random bits, positive and another each time', async () => {
    const ca = await open(temporaryFolder('local-ca'));
    const order = await orderFor(await makeKey());
    const issued = await Promise.all(Array.from({ length: 64 }, () => ca.issue(order, () => {}, nobody)));
    const serials = issued.map(({ chainPem }) => BigInt(`0x${new X509Certificate(chainPem).serialNumber}`));
    assert.equal(new Set(serials).size, 64);
    assert.ok(serials.every((serial) => serial > 0n && serial < 1n << 128n));
    // The first bit is set in one of 64 but for a chance of 2^-64.
    assert.ok(serials.some((serial) => serial >= 1n << 127n));
  });

  it('marks the alternative names critical where the subject is empty, and only there', async () => {
    const ca = await open(temporaryFolder('local-ca'));
    const nameless = await ca.issue(await orderFor(await makeKey(), { subject: [] }), () => {}, nobody);
    assert.match(await describeByOpenssl(nameless.chainPem), /Subject Alternative Name: critical/);
    const named = await ca.issue(await orderFor(await makeKey()), () => {}, nobody);
    assert.match(await describeByOpenssl(named.chainPem), /Subject Alternative Name: *\n/);
  });

  const printed: Record<Exclude<KeyUsage, 'cert sign'>, RegExp> = {
    signing: /Key Usage: critical\s+Digital Signature\n/,
    'digital signature': /Key Usage: critical\s+Digital Signature\n/,
    'content commitment': /Key Usage: critical\s+Non Repudiation\n/,
    'key encipherment': /Key Usage: critical\s+Key Encipherment\n/,
    'key agreement': /Key Usage: critical\s+Key Agreement\n/,
    'data encipherment': /Key Usage: critical\s+Data Encipherment\n/,
    'crl sign': /Key Usage: critical\s+CRL Sign\n/,
    'encipher only': /Key Usage: critical\s+Encipher Only\n/,
    'decipher only': /Key Usage: critical\s+Decipher Only\n/,
    any: /Extended Key Usage: \s+Any Extended Key Usage\n/,
    'server auth': /Extended Key Usage: \s+TLS Web Server Authentication\n/,
    'client auth': /Extended Key Usage: \s+TLS Web Client Authentication\n/,
    'code signing': /Extended Key Usage: \s+Code Signing\n/,
    'email protection': /Extended Key Usage: \s+E-mail Protection\n/,
    's/mime': /Extended Key Usage: \s+E-mail Protection\n/,
    'ipsec end system': /Extended Key Usage: \s+IPSec End System\n/,
    'ipsec tunnel': /Extended Key Usage: \s+IPSec Tunnel\n/,
    'ipsec user': /Extended Key Usage: \s+IPSec User\n/,
    timestamping: /Extended Key Usage: \s+Time Stamping\n/,
    'ocsp signing': /Extended Key Usage: \s+OCSP Signing\n/,
    'microsoft sgc': /Extended Key Usage: \s+Microsoft Server Gated Crypto\n/,
    'netscape sgc': /Extended Key Usage: \s+Netscape Server Gated Crypto\n/,
  };
  it('honours each usage by its name', async () => {
    const ca = await open(temporaryFolder('local-ca'));
    const key = await makeKey();
    assert.equal(Object.keys(printed).length, KEY_USAGES.length - 1);
    for (const [usage, pattern] of Object.entries(printed)) {
      const { chainPem } = await ca.issue(await orderFor(key, { usages: [usage as KeyUsage] }), () => {}, nobody);
      const text = await describeByOpenssl(chainPem);
      assert.match(text, pattern, usage);
      assert.equal(text.match(/Key Usage:/g)?.length, 1, usage);
    }
  });

  for (const { name, change, message } of [
    { name: 'a CA certificate', change: { isCa: true }, message: /is-ca "true": the local CA issues no CA certificates; / },
    { name: 'the usage cert sign', change: { usages: ['cert sign'] as const }, message: /key-usages "cert sign": / },
  ]) {
    it(`is never ${name}`, async () => {
      const ca = await open(temporaryFolder('local-ca'));
      const problems = ca.refuses?.({ ...wanted, ...change }) ?? [];
      assert.equal(problems.length, 1);
      assert.match(problems.map(describeProblem).join(), message);
    });
  }

  it('is not issued for a request that its key has not signed', async () => {
    const ca = await open(temporaryFolder('local-ca'));
    const order = await orderFor(await makeKey());
    const der = Buffer.from(order.csrPem.split('\n').slice(1, -2).join(''), 'base64');
    der.write('evil', der.indexOf('web.'));
    const csrPem = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
    await assert.rejects(
      ca.issue({ ...order, csrPem }, () => {}, nobody),
      { code: 'request-failed', message: /not signed by its own key/ },
    );
    await assert.rejects(
      ca.issue({ ...order, csrPem: 'nonsense' }, () => {}, nobody),
      { code: 'request-failed', message: /cannot be read/ },
    );
  });

  it('is not issued once the CA has expired, and the message says since when', async () => {
    const clock = new ManualClock(new Date('2026-03-01T12:00:00Z'));
    const ca = await open(temporaryFolder('local-ca'), { clock });
    await clock.jump(3653 * DAY_MS);
    const order = await orderFor(await makeKey());
    await assert.rejects(
      ca.issue(order, () => {}, nobody),
      { code: 'request-failed', message: /expired at 2036-03-01T12:00:00/ },
    );
  });
});

describe('a local CA that is given', () => {
  const CA_TRUE = 'basicConstraints=critical,CA:TRUE';

  for (const algorithm of ['rsa:2048', 'ed25519']) {
    it(`signs with its ${algorithm} key, and is read through the links of a mounted Secret`, async () => {
      const directory = temporaryFolder('local-ca');
      const data = join(directory, '..data');
      await mkdir(data);
      await writeAuthority(data, [CA_TRUE, 'keyUsage=critical,keyCertSign'], algorithm);
      for (const name of ['ca.crt', 'ca.key']) await symlink(join('..data', name), join(directory, name));
      const issued = await (await open(directory)).issue(await orderFor(await makeKey()), () => {}, nobody);
      const files = { 'ca.pem': issued.issuerCaPem, 'leaf.pem': issued.chainPem };
      const verdict = await openssl(['verify', '-x509_strict', '-CAfile', 'ca.pem', 'leaf.pem'], files);
      assert.ok(verdict.ok, verdict.output);
    });
  }

  it('hands its own chain over where it is not a root', async () => {
    const root = temporaryFolder('local-ca');
    await writeAuthority(root, [CA_TRUE]);
    const directory = temporaryFolder('local-ca');
    const [key, request, certificate] = ['ca.key', 'ca.csr', 'ca.crt'].map((name) => join(directory, name)) as [string, string, string];
    await openssl([
      'req',
      '-new',
      '-newkey',
      'ed25519',
      '-nodes',
      '-keyout',
      key,
      '-out',
      request,
      '-subj',
      '/CN=below',
      '-addext',
      CA_TRUE,
    ]);
    const from = ['-CA', join(root, 'ca.crt'), '-CAkey', join(root, 'ca.key'), '-copy_extensions', 'copy'];
    assert.ok((await openssl(['x509', '-req', '-in', request, '-out', certificate, ...from])).ok);
    await chmod(key, 0o600);
    const issued = await (await open(directory)).issue(await orderFor(await makeKey()), () => {}, nobody);
    assert.equal(issued.issuerCaPem, await readFile(certificate, 'utf8'));
    const files = { 'root.pem': await readFile(join(root, 'ca.crt')), 'chain.pem': issued.chainPem };
    const verdict = await openssl(['verify', '-CAfile', 'root.pem', '-untrusted', 'chain.pem', 'chain.pem'], files);
    assert.ok(verdict.ok, verdict.output);
  });

  const spoilt: { name: string; spoil: (directory: string) => Promise<unknown>; message: RegExp }[] = [
    {
      name: 'a missing key',
      spoil: (directory) => rm(join(directory, 'ca.key')),
      message: /ca\.key: it is missing, though ca\.crt is there; /,
    },
    {
      name: 'a missing certificate',
      spoil: (directory) => rm(join(directory, 'ca.crt')),
      message: /ca\.crt: it is missing, though ca\.key is there; /,
    },
    {
      name: 'a key that the group may read',
      spoil: (directory) => chmod(join(directory, 'ca.key'), 0o640),
      message: /ca\.key: its mode 0640 lets others .*defaultMode: 0400/,
    },
    {
      name: 'a key of another CA',
      spoil: async (directory) => writeFile(join(directory, 'ca.key'), encodePrivateKey(await makeKey(), ecdsa)),
      message: /ca\.key: it is not the key of the first certificate in ca\.crt; /,
    },
    {
      name: 'a key that is none',
      spoil: (directory) => writeFile(join(directory, 'ca.key'), 'no key'),
      message: /ca\.key: .*; put the unencrypted private key/,
    },
    {
      name: 'a certificate that is none',
      spoil: (directory) => writeFile(join(directory, 'ca.crt'), 'no certificate'),
      message: /ca\.crt: .*no PEM block; /,
    },
    {
      name: 'an empty certificate file',
      spoil: (directory) => writeFile(join(directory, 'ca.crt'), ''),
      message: /ca\.crt: it is empty; /i,
    },
    {
      name: 'a folder in place of the key',
      spoil: async (directory) => (await rm(join(directory, 'ca.key')), mkdir(join(directory, 'ca.key'), 0o700)),
      message: /ca\.key: it cannot be read \(EISDIR\)/,
    },
    {
      name: 'a certificate that is not of a CA',
      spoil: (directory) => writeAuthority(directory, ['basicConstraints=CA:FALSE']),
      message: /ca\.crt: it is not a CA certificate/,
    },
    {
      name: 'a certificate that may not sign',
      spoil: (directory) => writeAuthority(directory, [CA_TRUE, 'keyUsage=cRLSign']),
      message: /ca\.crt: .*no keyCertSign/,
    },
    {
      name: 'a certificate that begins in a month 99',
      spoil: async (directory) => {
        await writeAuthority(directory, [CA_TRUE]);
        const path = join(directory, 'ca.crt');
        await writeFile(path, withMonth99(await readFile(path, 'utf8'), 'notBefore'));
      },
      message: /ca\.crt: .*not a pair of dates/,
    },
    { name: 'no folder', spoil: (directory) => rm(directory, { recursive: true }), message: /folder ".*": it is no folder; create it/ },
    {
      name: 'two broken files, both named',
      spoil: (directory) => Promise.all(['ca.crt', 'ca.key'].map((name) => writeFile(join(directory, name), '-'))),
      message: /ca\.crt: .* \| ca\.key: /,
    },
  ];
  for (const { name, spoil, message } of spoilt) {
    it(`is refused at start with ${name}`, async () => {
      const directory = temporaryFolder('local-ca');
      await writeAuthority(directory, [CA_TRUE]);
      await spoil(directory);
      await assert.rejects(open(directory), { code: 'misconfigured', message });
    });
  }

  it('is refused at start once it has expired', async () => {
    const directory = temporaryFolder('local-ca');
    await open(directory, { clock: new ManualClock(new Date('2000-01-01T00:00:00Z')) });
    await assert.rejects(open(directory), { code: 'misconfigured', message: /ca\.crt: it is valid from 1999-.* to 2010-.*, not now/ });
  });
});
