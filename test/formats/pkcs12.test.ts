import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createServer } from 'node:tls';
import { KEYSTORE_PROFILES, type KeystoreProfile } from '../../node-agent/contents.ts';
import { certificatesOf } from '../../node-agent/formats/certificates.ts';
import { keystore, truststore } from '../../node-agent/formats/pkcs12.ts';
import { deriveKey, PURPOSE } from '../../node-agent/formats/pkcs12-kdf.ts';
import { issuedContents, KEYS } from '../support/issued-contents.ts';
import { java } from '../support/java.ts';
import { openssl } from '../support/openssl.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PASSWORD = 'changeit';
const contents = await issuedContents();

/** What OpenSSL finds in a PKCS #12 file. */
function opened(store: Uint8Array, password: string, ...options: string[]) {
  return openssl(['pkcs12', '-in', 'store.p12', '-passin', `pass:${password}`, '-noenc', ...options], { 'store.p12': store });
}

/** The certificates in OpenSSL's answer, in DER. */
function certificatesIn(output: string): readonly Buffer[] {
  const blocks = output.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((pem) => new X509Certificate(pem).raw);
}

/** What Java's keytool finds in a PKCS #12 file. */
function listed(store: string): Promise<string> {
  return java('keytool', ['-list', '-v', '-keystore', store, '-storepass', PASSWORD]);
}

describe('a key derived as in RFC 7292', () => {
  // By OpenSSL 3: openssl kdf -keylen … -kdfopt digest:… -kdfopt hexpass:… -kdfopt hexsalt:… -kdfopt iter:… -kdfopt id:… PKCS12KDF
  for (const hash of ['sha1', 'sha256'] as const) {
    for (const [name, purpose] of Object.entries(PURPOSE)) {
      for (const { password, saltBytes, iterations, sizeBytes } of [
        { password: 'changeit', saltBytes: 8, iterations: 1, sizeBytes: 20 },
        { password: 'ü𝄞', saltBytes: 16, iterations: 3, sizeBytes: 65 },
        { password: 'x'.repeat(100), saltBytes: 65, iterations: 2_048, sizeBytes: 24 },
      ]) {
        it(`is OpenSSL's: ${hash}, ${name}, ${iterations} iterations, ${sizeBytes} bytes`, async () => {
          const salt = Buffer.from(Array.from({ length: saltBytes }, (_, index) => 255 - index));
          const bmp = Buffer.from(`${password}\0`, 'utf16le').swap16();
          const given = { digest: hash, hexpass: bmp.toString('hex'), hexsalt: salt.toString('hex'), iter: iterations, id: purpose };
          const options = Object.entries(given).flatMap(([option, value]) => ['-kdfopt', `${option}:${value}`]);
          const { ok, output } = await openssl(['kdf', '-keylen', `${sizeBytes}`, ...options, 'PKCS12KDF']);
          assert.ok(ok, output);
          const derived = deriveKey({ hash, purpose, password, salt, iterations, sizeBytes });
          assert.equal(derived.toString('hex'), output.trim().replaceAll(':', '').toLowerCase());
        });
      }
    }
  }
});

describe('a keystore', () => {
  const algorithms: Readonly<Record<KeystoreProfile, RegExp>> = {
    Modern: /^MAC: sha256, .*PBES2, PBKDF2, AES-256-CBC, .*hmacWithSHA256.*Keybag: PBES2, PBKDF2, AES-256-CBC, .*hmacWithSHA256$/s,
    Legacy: /^MAC: sha1, .*pbeWithSHA1And3-KeyTripleDES-CBC, .*Keybag: pbeWithSHA1And3-KeyTripleDES-CBC, /s,
  };
  for (const profile of KEYSTORE_PROFILES) {
    for (const [name, key] of Object.entries(KEYS)) {
      it(`of the profile ${profile} holds key, leaf and chain, as OpenSSL reads it: ${name}`, async () => {
        const from = await issuedContents(key);
        const store = await keystore(from, { password: PASSWORD, profile });
        const { ok, output } = await opened(store, PASSWORD);
        assert.ok(ok, output);
        assert.deepEqual(certificatesIn(output), certificatesOf(from.chainPem));
        const pair = { 'all.pem': output, 'tls.key': from.keyPem };
        assert.equal((await openssl(['pkey', '-in', 'all.pem'], pair)).output, (await openssl(['pkey', '-in', 'tls.key'], pair)).output);
        const ids = output.match(/localKeyID: .*/g) ?? [];
        assert.deepEqual([ids.length, new Set(ids).size], [2, 1], 'key and leaf are told to belong together');
        assert.doesNotMatch(output, /friendlyName/);
      });
    }

    it(`of the profile ${profile} is encrypted as documented, by new salts each time`, async () => {
      const [store, again] = [
        await keystore(contents, { password: PASSWORD, profile }),
        await keystore(contents, { password: PASSWORD, profile }),
      ];
      const { output } = await opened(store, PASSWORD, '-info', '-noout');
      assert.match(output.trim(), algorithms[profile]);
      assert.ok(!Buffer.from(store).equals(again));
      assert.equal((await opened(store, 'another')).ok, false);
    });

    for (const password of ['pässwörd', '𝄞', ' $x', 'x'.repeat(200)]) {
      it(`of the profile ${profile} opens by ${JSON.stringify(password).slice(0, 20)}`, async () => {
        const { ok, output } = await opened(await keystore(contents, { password, profile }), password);
        assert.ok(ok, output);
      });
    }
  }
});

describe('a truststore', () => {
  it('holds the CA alone', async () => {
    const { ok, output } = await opened(await truststore(contents, { password: PASSWORD, profile: 'Modern' }), PASSWORD);
    assert.ok(ok, output);
    assert.deepEqual(certificatesIn(output), certificatesOf(contents.issuerCaPem));
    assert.doesNotMatch(output, /PRIVATE KEY/);
  });

  for (const issuerCaPem of ['', 'nonsense', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n']) {
    it(`is sound and empty where the CA is ${JSON.stringify(issuerCaPem.slice(0, 20))}`, async () => {
      const { ok, output } = await opened(
        await truststore({ ...contents, issuerCaPem }, { password: PASSWORD, profile: 'Modern' }),
        PASSWORD,
      );
      assert.ok(ok, output);
      assert.deepEqual(certificatesIn(output), []);
    });
  }
});

describe('Java 17', () => {
  const folder = temporaryFolder('java');

  async function write(profile: KeystoreProfile): Promise<readonly [keystore: string, truststore: string]> {
    const paths = [join(folder, `${profile}-key.p12`), join(folder, `${profile}-trust.p12`)] as const;
    writeFileSync(paths[0], await keystore(contents, { password: PASSWORD, profile }));
    writeFileSync(paths[1], await truststore(contents, { password: PASSWORD, profile }));
    return paths;
  }

  it('lists one key with its chain, and the CA as trusted', async () => {
    const [key, trust] = await write('Modern');
    const [keys, trusted] = await Promise.all([listed(key), listed(trust)]);
    assert.match(keys, /contains 1 entry[^]*Alias name: 1\n[^]*PrivateKeyEntry[^]*chain length: 2/);
    assert.match(trusted, /contains 1 entry[^]*trustedCertEntry/);
  });

  it('speaks mutual TLS by both, of either profile', async () => {
    const stores = await Promise.all(KEYSTORE_PROFILES.map(write));
    const { keyPem: key, chainPem: cert, issuerCaPem: ca } = contents;
    const server = createServer({ key, cert, ca, requestCert: true, rejectUnauthorized: true }, (socket) => {
      socket.end(`welcome ${String(socket.getPeerCertificate().subject.CN)}\n`);
    });
    try {
      await once(server.listen(0, 'localhost'), 'listening');
      const { port } = server.address() as AddressInfo;
      const source = new URL('TlsClient.java', import.meta.url).pathname;
      const said = await java('java', [source, `${port}`, PASSWORD, ...stores.flat()]);
      assert.equal(said.replaceAll(/\n+/g, '\n'), 'welcome localhost\nwelcome localhost\n');
    } finally {
      server.close();
    }
  });
});
