import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import * as fc from 'fast-check';
import { HOUR_MS } from '../../node-agent/clock.ts';
import { AgentError } from '../../node-agent/errors.ts';
import { readChain } from '../../node-agent/issuance/certificate.ts';
import { checkIssued } from '../../node-agent/issuance/check.ts';
import { generatePrivateKey } from '../../node-agent/issuance/private-key.ts';
import { buildRequest } from '../../node-agent/issuance/request.ts';
import { type AuthorityFiles, readAuthority } from '../../node-agent/issuers/local/authority.ts';
import { makeAuthority } from '../../node-agent/issuers/local/new-authority.ts';
import { signRequest } from '../../node-agent/issuers/local/sign.ts';
import { parseSpec } from '../../node-agent/spec/parse-spec.ts';
import { SURROUNDINGS } from '../spec/publish-request.ts';
import { mutated } from './hostile.ts';
import { ECDSA, NOW, damaged, dersOf, ends, toPem } from './issued-inputs.ts';
import { type Property, type Subject, property } from './property.ts';
import { requests } from './request-inputs.ts';

/** What pods may ask for, requested and signed by a local CA, and that CA's own files. */
export const issuing: Subject = {
  name: 'issuing',
  async properties() {
    const files = await makeAuthority(NOW);
    return [await requestProperty(files), authorityProperty([files, await makeAuthority(NOW)])];
  },
};

async function requestProperty(files: AuthorityFiles): Promise<Property> {
  const key = await generatePrivateKey(ECDSA);
  const authority = readAuthority(files, NOW, 'Cannot open');
  return property(
    'whatever a pod may ask for is requested, signed by a local CA, and found to be just that',
    { inputs: requests, weight: 0.4, reaches: ['issued', 'refused'] },
    async (request) => {
      const result = parseSpec(request, SURROUNDINGS);
      if (result.kind === 'refused') return 'refused';
      // Lifetimes of less than a second are over before they come, and a local CA makes no CA.
      const wanted = { ...result.spec.wanted, durationMs: HOUR_MS, isCa: false };
      const csrPem = await buildRequest(key, wanted).catch(refusedRequest);
      if (csrPem === undefined) return 'name unreadable';
      const terms = { usages: wanted.usages, notBeforeAt: new Date(NOW.getTime() - 30_000), notAfterAt: new Date(NOW.getTime() + HOUR_MS) };
      const issued = { chain: readChain(await signRequest(authority, csrPem, terms)), issuerCaPem: files.certificatePem };
      assert.deepEqual(checkIssued(issued, { key, wanted, verification: 'strict', now: NOW }).differences, []);
      return 'issued';
    },
  );
}

/** A BER value that is not DER, or that no name may hold, is told of when the request is built. */
function refusedRequest(error: unknown): undefined {
  if (!(error instanceof AgentError)) throw error;
  assert.equal(error.code, 'invalid-request');
  assert.match(error.message, /literal-subject/);
}

const YEARS_MS = [0, 11, -1].map((years) => years * 8_766 * HOUR_MS);

/** `ca.crt` and `ca.key`, now or when they are over. */
function authorityProperty(all: readonly AuthorityFiles[]): Property {
  const other = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  const files = fc.constantFrom(...all).chain(({ certificatePem, keyPem }) =>
    fc.record({
      certificatePem: fc.oneof(
        { weight: 4, arbitrary: damaged(dersOf(certificatePem)[0]!).map((der) => toPem([der])) },
        mutated(fc.constant(certificatePem)),
      ),
      keyPem: fc.oneof(
        { weight: 4, arbitrary: fc.constant(keyPem) },
        mutated(fc.constant(keyPem)),
        fc.constantFrom(other, ...all.map(({ keyPem }) => keyPem)),
      ),
    }),
  );
  const inputs = fc.tuple(files, fc.constantFrom(...YEARS_MS));
  return property(
    'the files of a local CA are a CA, or are refused with what is wrong',
    { inputs, weight: 0.3, reaches: ['accepted', 'refused'] },
    ([files, laterMs]) => ends('misconfigured', () => readAuthority(files, new Date(NOW.getTime() + laterMs), 'Cannot open')),
  );
}
