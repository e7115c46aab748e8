import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { HOUR_MS, MINUTE_MS } from '../../node-agent/clock.ts';
import type { Contents, FileSpec } from '../../node-agent/contents.ts';
import { renderFiles } from '../../node-agent/formats/render.ts';
import { matches, readChain, readFacts } from '../../node-agent/issuance/certificate.ts';
import { certify } from '../../node-agent/issuance/certify.ts';
import { checkIssued } from '../../node-agent/issuance/check.ts';
import { formatPem, parsePem } from '../../node-agent/pem.ts';
import { parseVolumeId } from '../../node-agent/volume-id.ts';
import { renewalTime } from '../../node-agent/schedule/renewal.ts';
import type { Verification } from '../../node-agent/wanted.ts';
import { accepted } from '../spec/publish-request.ts';
import { noPodToken } from '../support/pod-tokens.ts';
import { hostileText, mutated } from './hostile.ts';
import { type Case, ECDSA, NOW, type Sound, ends, issuedOf, makeSound } from './issued-inputs.ts';
import { type Property, type Subject, property } from './property.ts';

/** What an issuer hands over: certificates, chains, CAs, and what they are in. */
export const certificates: Subject = {
  name: 'certificates',
  async properties() {
    const sound = await makeSound();
    const chains = issuedOf(sound);
    return [pemProperty(sound), checkProperty(chains), certifyProperty(chains), storedProperty(chains), renderProperty(chains)];
  },
};

function pemProperty(all: readonly Sound[]): Property {
  const texts = fc.constantFrom(...all.flatMap(({ chainPem, keyPem }) => [chainPem, keyPem]));
  const inputs = fc.oneof({ weight: 8, arbitrary: mutated(texts) }, { weight: 2, arbitrary: texts }, { weight: 1, arbitrary: hostileText });
  return property(
    'a PEM text has a fault, or blocks that are the same once they are written again',
    { inputs, weight: 4, reaches: ['accepted', 'refused'] },
    (text) => {
      const blocks = parsePem(text);
      if ('fault' in blocks) {
        assert.notEqual(blocks.fault, '');
        return 'refused';
      }
      assert.deepEqual(parsePem(blocks.map(({ label, der }) => formatPem(label, der)).join('')), blocks);
      return 'accepted';
    },
  );
}

const VERIFICATIONS: readonly Verification[] = ['strict', 'covers', 'key'];

function checkProperty(cases: fc.Arbitrary<Case>): Property {
  const inputs = fc.tuple(cases, fc.constantFrom(...VERIFICATIONS));
  return property(
    'what an issuer returns is accepted or refused, and with it every part that can be read or not',
    { inputs, weight: 3, reaches: ['accepted', 'refused'] },
    ([{ sound, chainPem, caPem }, verification]) =>
      ends('certificate-refused', () => {
        const { facts } = checkIssued(
          { chain: readChain(chainPem), issuerCaPem: caPem },
          { key: sound.key, wanted: sound.wanted, verification, now: NOW },
        );
        assert.ok(facts.notBeforeAt <= NOW && NOW < facts.notAfterAt);
        assert.equal(matches(sound.keyPem, chainPem), true);
      }),
  );
}

/** The whole way, on a clock behind the issuer's by up to two minutes. */
function certifyProperty(cases: fc.Arbitrary<Case>): Property {
  const inputs = fc.tuple(cases, fc.constantFrom(...VERIFICATIONS), fc.constantFrom(0, 20_000, MINUTE_MS, HOUR_MS));
  return property(
    'an issuance ends with what is accepted, or is refused',
    { inputs, weight: 0.3, reaches: ['accepted', 'refused'] },
    ([{ sound, chainPem, caPem }, verification, behindMs]) => {
      const clock = { now: () => new Date(NOW.getTime() - behindMs), sleep: async () => undefined };
      const issuer = { issue: async () => ({ chainPem, issuerCaPem: caPem }) };
      const keys = { make: async () => sound.key };
      const { pod, issuer: reference, annotations } = accepted();
      const order = {
        volumeId: parseVolumeId('v')!,
        pod,
        issuer: reference,
        annotations,
        podToken: noPodToken,
        wanted: sound.wanted,
        key: ECDSA,
        verification,
      };
      return ends('certificate-refused', () => certify({ keys, issuer, clock }, order, () => {}, new AbortController().signal));
    },
  );
}

/** What a start reads of a volume's own files, whoever wrote or damaged them. */
function storedProperty(cases: fc.Arbitrary<Case>): Property {
  return property(
    'a stored pair is read with an instant for its renewal, or is refused',
    { inputs: cases, weight: 1.5, reaches: ['accepted', 'refused'] },
    ({ sound, chainPem }) =>
      ends('certificate-refused', () => {
        matches(sound.keyPem, chainPem);
        const facts = readFacts(chainPem);
        const { renewAt } = renewalTime({
          volumeId: parseVolumeId('v')!,
          ...facts,
          receivedAt: NOW,
          renewals: 0,
          lateMs: 0,
          renewBeforeMs: undefined,
        });
        assert.ok(Number.isFinite(renewAt.getTime()), 'no instant for the renewal');
      }),
  );
}

const FILES: FileSpec = {
  keyFile: 'tls.key',
  certificateFile: 'tls.crt',
  caFile: 'ca.crt',
  chainFile: 'chain.crt',
  combined: { file: 'all.pem', order: ['key', 'leaf', 'chain', 'ca'] },
  der: { keyFile: 'key.der', certificateFile: 'tls.der' },
  mode: 0o440,
};

/** With the check `key` all but the leaf may be anything that can be parsed, and the CA anything at all. */
function renderProperty(cases: fc.Arbitrary<Case>): Property {
  return property(
    'what was accepted can be written into files',
    { inputs: cases, weight: 1.5, reaches: ['rendered', 'refused'] },
    async ({ sound, chainPem, caPem }) => {
      const contents: Contents = { keyPem: sound.keyPem, chainPem, issuerCaPem: caPem };
      const end = await ends('certificate-refused', () =>
        checkIssued(
          { chain: readChain(chainPem), issuerCaPem: caPem },
          { key: sound.key, wanted: sound.wanted, verification: 'key', now: NOW },
        ),
      );
      if (end === 'refused') return end;
      const files = await renderFiles(contents, FILES);
      assert.equal(new Set(files.map(({ name }) => name)).size, 7);
      return 'rendered';
    },
  );
}
