import assert from 'node:assert/strict';
import type { KeyObject } from 'node:crypto';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import * as fc from 'fast-check';
import { AgentError, type AgentErrorCode } from '../../node-agent/errors.ts';
import { encodePrivateKey, generatePrivateKey } from '../../node-agent/issuance/private-key.ts';
import { buildRequest } from '../../node-agent/issuance/request.ts';
import { formatPem, parsePem } from '../../node-agent/pem.ts';
import type { KeySpec, Wanted } from '../../node-agent/wanted.ts';
import { accepted } from '../spec/publish-request.ts';
import { createCertificateAuthority } from '../support/certificate-authority.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { damagedDer } from './der-damage.ts';
import { mutated, mutatedBytes } from './hostile.ts';

/** When everything here happens. */
export const NOW = new Date('2026-11-25T12:00:00Z');
/** The key of the leaf, where it is one by one. */
export const ECDSA: KeySpec = { algorithm: 'ECDSA', bits: 256, encoding: 'PKCS8' };
const RSA: KeySpec = { algorithm: 'RSA', bits: 2048, encoding: 'PKCS1' };
const ED25519: KeySpec = { algorithm: 'Ed25519', encoding: 'PKCS8' };

/** A sound chain for a key, and what was asked for. */
export interface Sound {
  readonly keyPem: string;
  readonly key: KeyObject;
  readonly chainPem: string;
  readonly caPem: string;
  readonly wanted: Wanted;
}

/** One of each kind of key, with and without an intermediate. */
export async function makeSound(): Promise<readonly Sound[]> {
  const clock = new ManualClock(NOW);
  const all: Sound[] = [];
  for (const [index, key] of [ECDSA, RSA, ED25519].entries()) {
    const authority = await createCertificateAuthority({ clock, name: `CA ${index}`, intermediate: index !== 1 });
    const privateKey = await generatePrivateKey(key);
    const { wanted } = accepted({
      'literal-subject': 'CN=web,OU=a+OU=b,O=Zoë,1.2.3=#0c0141',
      'dns-names': 'web.example,*.example',
      'ip-sans': '192.0.2.7,2001:db8::7',
      'uri-sans': 'spiffe://example/ns/a',
      'key-usages': 'digital signature,server auth,client auth',
      duration: '1h',
    });
    const { chainPem, caPem } = await authority.sign(await buildRequest(privateKey, wanted), {
      extendedKeyUsage: ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'],
    });
    all.push({ key: privateKey, keyPem: encodePrivateKey(privateKey, key), chainPem, caPem, wanted });
  }
  return all;
}

/** The certificates of a text in DER. */
export function dersOf(pem: string): readonly Buffer[] {
  const blocks = parsePem(pem);
  assert.ok(!('fault' in blocks));
  return blocks.map(({ der }) => der);
}

/** Certificates in PEM, sound or not. */
export function toPem(ders: readonly Uint8Array[]): string {
  return ders.map((der) => formatPem('CERTIFICATE', der)).join('');
}

/** Sound, changed value by value, or changed byte by byte. */
export function damaged(der: Buffer): fc.Arbitrary<Buffer> {
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant(der) },
    { weight: 6, arbitrary: damagedDer(fc.constant(der)) },
    { weight: 1, arbitrary: mutatedBytes(fc.constant(der)) },
  );
}

/** A key with what an issuer may return for it. */
export interface Case {
  readonly sound: Sound;
  readonly chainPem: string;
  readonly caPem: string;
}

/** Chains with one or more certificates damaged, shuffled, of somebody else, cut, or with text between them. */
export function issuedOf(all: readonly Sound[]): fc.Arbitrary<Case> {
  const any = fc.constantFrom(...all.flatMap(({ chainPem, caPem }) => [...dersOf(chainPem), ...dersOf(caPem)]));
  const cases = all.map((sound) => {
    const chain = fc.tuple(...dersOf(sound.chainPem).map(damaged)).map((ders) => [...ders]);
    const chains = fc.oneof(
      { weight: 6, arbitrary: chain },
      { weight: 1, arbitrary: chain.chain((ders) => fc.shuffledSubarray(ders)) },
      { weight: 1, arbitrary: fc.tuple(chain, fc.array(any.chain(damaged), { maxLength: 3 })).map(([ders, more]) => [...ders, ...more]) },
    );
    const texts = chains.map(toPem);
    const cas = fc.oneof(
      { weight: 4, arbitrary: damaged(dersOf(sound.caPem)[0]!).map((der) => toPem([der])) },
      { weight: 1, arbitrary: fc.constantFrom('', ' \n', sound.caPem) },
      { weight: 1, arbitrary: fc.array(any.chain(damaged), { maxLength: 4 }).map(toPem) },
      { weight: 1, arbitrary: mutated(fc.constant(sound.caPem)) },
    );
    return fc.record({
      sound: fc.constant(sound),
      chainPem: fc.oneof(
        { weight: 8, arbitrary: texts },
        { weight: 1, arbitrary: mutated(texts) },
        { weight: 1, arbitrary: fc.constant('') },
      ),
      caPem: cas,
    });
  });
  return fc.oneof(...cases);
}

/** The end of what may only succeed or fail with the code. */
export async function ends(code: AgentErrorCode, work: () => unknown): Promise<string> {
  try {
    await work();
    return 'accepted';
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    assert.equal(error.code, code, error.message);
    return 'refused';
  } finally {
    // OpenSSL keeps a list of errors; what is left there fails the next call, whosever that is.
    createPrivateKey(ANOTHER_KEY);
  }
}

const ANOTHER_KEY = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
