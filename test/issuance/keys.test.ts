import assert from 'node:assert/strict';
import { generateKeyPair, type KeyObject } from 'node:crypto';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { MINUTE_MS } from '../../node-agent/clock.ts';
import { createKeySource, type KeySource } from '../../node-agent/issuance/keys.ts';
import { encodePrivateKey, reuseKey } from '../../node-agent/issuance/private-key.ts';
import { buildRequest } from '../../node-agent/issuance/request.ts';
import type { KeySpec } from '../../node-agent/wanted.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { openssl } from '../support/openssl.ts';

const generate = promisify(generateKeyPair);
const wanted = { subject: [], dnsNames: ['a.example'], ipAddresses: [], uris: [], durationMs: 1, isCa: false, usages: [] };
const nobody = new AbortController().signal;
const rsa = { algorithm: 'RSA', bits: 2048, encoding: 'PKCS1' } as const;
const p256 = { algorithm: 'ECDSA', bits: 256, encoding: 'PKCS8' } as const;

const specs: readonly { spec: KeySpec; label: string; printed: RegExp }[] = [
  { spec: rsa, label: 'RSA PRIVATE KEY', printed: /Private-Key: \(2048 bit/ },
  { spec: { ...rsa, bits: 3072, encoding: 'PKCS8' }, label: 'PRIVATE KEY', printed: /Private-Key: \(3072 bit/ },
  { spec: p256, label: 'PRIVATE KEY', printed: /NIST CURVE: P-256/ },
  { spec: { ...p256, bits: 384 }, label: 'PRIVATE KEY', printed: /NIST CURVE: P-384/ },
  { spec: { ...p256, bits: 521 }, label: 'PRIVATE KEY', printed: /NIST CURVE: P-521/ },
  { spec: { algorithm: 'Ed25519', encoding: 'PKCS8' }, label: 'PRIVATE KEY', printed: /ED25519 Private-Key/ },
];

function pemOf(key: KeyObject): string {
  return encodePrivateKey(key, p256);
}

describe('a source of keys', () => {
  for (const { spec, label, printed } of specs) {
    it(`makes ${JSON.stringify(spec)}, and OpenSSL finds it sound`, async () => {
      const keyPem = encodePrivateKey(await createKeySource({ clock: new ManualClock() }).make(spec, nobody), spec);
      assert.equal(keyPem.split('\n')[0], `-----BEGIN ${label}-----`);
      const { ok, output } = await openssl(['pkey', '-check', '-text', '-noout', '-in', 'a.key'], { 'a.key': keyPem });
      assert.ok(ok, output);
      assert.match(output, /Key is valid/);
      assert.match(output, printed);
    });
  }

  it('makes two keys at a time, while the others wait', async () => {
    const keys = createKeySource({ clock: new ManualClock() });
    const made = Array.from({ length: 5 }, () => keys.make(rsa, nobody));
    assert.deepEqual(keys.status(), { waiting: 3, generating: 2, spares: 0 });
    assert.equal(new Set((await Promise.all(made)).map(pemOf)).size, 5);
    assert.deepEqual(keys.status(), { waiting: 0, generating: 0, spares: 0 });
  });

  it("makes keys that are quick at once, whatever else libuv's pool has to do", async () => {
    const keys = createKeySource({ clock: new ManualClock() });
    let isPoolBusy = true;
    // As many as the pool has threads, and the source's own turns.
    const others = Array.from({ length: 4 }, () => generate('rsa', { modulusLength: 4096 }).then(() => (isPoolBusy = false)));
    const slow = Array.from({ length: 3 }, () => keys.make(rsa, nobody));
    for (const spec of [p256, { algorithm: 'Ed25519', encoding: 'PKCS8' }] as const) {
      await buildRequest(await keys.make(spec, nobody), wanted);
      assert.ok(isPoolBusy);
    }
    assert.deepEqual(keys.status(), { waiting: 1, generating: 2, spares: 0 });
    await Promise.all([...others, ...slow]);
  });

  it('lets go at once of a caller who gives up, waiting or not, and serves the others', async () => {
    const keys = createKeySource({ clock: new ManualClock() });
    const controller = new AbortController();
    const [first, second, third] = [controller.signal, nobody, controller.signal].map((signal) =>
      keys.make({ ...rsa, bits: 4096 }, signal),
    );
    controller.abort(new Error('enough'));
    await assert.rejects(first!, /enough/);
    await assert.rejects(third!, /enough/);
    assert.deepEqual(keys.status(), { waiting: 0, generating: 2, spares: 0 });
    assert.equal((await second!).asymmetricKeyType, 'rsa');
    await assert.rejects(keys.make(p256, controller.signal), /enough/);
  });
});

/** A source that keeps spare keys until its controller is aborted. */
function startedSource() {
  const clock = new ManualClock();
  const keys = createKeySource({ clock });
  const controller = new AbortController();
  keys.start(controller.signal);
  return { clock, keys, controller };
}

/** Moves the clock until the pool has as many spares as said. */
async function untilSpares(keys: KeySource, clock: ManualClock, count: number): Promise<void> {
  for (let turn = 0; keys.status().spares < count; turn++) {
    assert.ok(turn < 10_000, `${keys.status().spares} spares, not ${count}`);
    // A generation runs in libuv's pool: only real time ends it, and then the filling sleeps on the clock.
    await clock.advance(MINUTE_MS);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

describe('the pool of spare keys', () => {
  it('is empty until the first RSA key has been asked for', async () => {
    const { clock, keys, controller } = startedSource();
    await keys.make(p256, nobody);
    await keys.make({ ...rsa, bits: 2049 }, nobody);
    await clock.advance(60 * MINUTE_MS);
    assert.deepEqual(keys.status(), { waiting: 0, generating: 0, spares: 0 });
    controller.abort();
  });

  it('grows to the largest burst, and hands each key out once, whatever the encoding', async () => {
    const { clock, keys, controller } = startedSource();
    const first = await Promise.all(Array.from({ length: 3 }, () => keys.make(rsa, nobody)));
    await untilSpares(keys, clock, 3);
    await clock.advance(60 * MINUTE_MS);
    assert.deepEqual(keys.status(), { waiting: 0, generating: 0, spares: 3 });
    // The three spares are there at once, so nothing is generated; the fourth has to be made.
    const second = Array.from({ length: 3 }, () => keys.make({ ...rsa, encoding: 'PKCS8' }, nobody));
    assert.equal(keys.status().waiting + keys.status().spares, 0);
    const all = await Promise.all(second);
    assert.equal(new Set([...first, ...all].map(pemOf)).size, 6);
    await untilSpares(keys, clock, 3);
    controller.abort();
  });

  it('is not filled until nobody has asked for a key for three seconds, or for half a minute', async () => {
    const { clock, keys, controller } = startedSource();
    // So far that each is a burst of its own, of one key.
    const apart = 60 * MINUTE_MS;
    await keys.make(rsa, nobody);
    await untilSpares(keys, clock, 1);
    await clock.advance(apart);
    await keys.make(rsa, nobody);
    await clock.advance(2_000);
    await keys.make(p256, nobody);
    await clock.advance(3_999);
    assert.deepEqual(keys.status(), { waiting: 0, generating: 0, spares: 0 });
    await clock.advance(1);
    await untilSpares(keys, clock, 1);
    await clock.advance(apart);
    await keys.make(rsa, nobody);
    for (let second = 1; second < 30; second += 1) {
      await clock.advance(1_000);
      await keys.make(p256, nobody);
      assert.deepEqual(keys.status(), { waiting: 0, generating: 0, spares: 0 }, `after ${second} s`);
    }
    await clock.advance(1_000);
    assert.equal(keys.status().generating + keys.status().spares, 1);
    await untilSpares(keys, clock, 1);
    controller.abort();
  });

  it('makes nothing more once the source has been stopped', async () => {
    const { clock, keys, controller } = startedSource();
    controller.abort();
    await keys.make(rsa, nobody);
    await clock.advance(60 * MINUTE_MS);
    assert.deepEqual(keys.status(), { waiting: 0, generating: 0, spares: 0 });
    assert.equal(clock.sleeping, 0);
  });
});

describe('a stored key', () => {
  it('is reused only where its type and size are those that are asked for', async () => {
    const keys = createKeySource({ clock: new ManualClock() });
    for (const { spec: made } of specs) {
      const keyPem = pemOf(await keys.make(made, nobody));
      for (const { spec: asked } of specs) {
        const isSame = made.algorithm === asked.algorithm && ('bits' in made ? made.bits : 0) === ('bits' in asked ? asked.bits : 0);
        assert.equal(reuseKey(keyPem, asked) !== undefined, isSame, `${JSON.stringify(made)} for ${JSON.stringify(asked)}`);
      }
    }
  });

  it('is the same key in whichever encoding it is stored', async () => {
    const key = await createKeySource({ clock: new ManualClock() }).make(rsa, nobody);
    for (const encoding of ['PKCS1', 'PKCS8'] as const) {
      assert.ok(reuseKey(encodePrivateKey(key, { ...rsa, encoding }), rsa)?.equals(key));
    }
  });

  for (const text of ['', 'no key', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n']) {
    it(`is not reused where it cannot be read: ${JSON.stringify(text)}`, () => assert.equal(reuseKey(text, rsa), undefined));
  }
});
