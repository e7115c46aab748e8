import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { PublishRequest } from '../../node-agent/ports.ts';
import { SERVICE_ACCOUNT_TOKENS } from '../../node-agent/spec/raw-attributes.ts';
import { parseServiceAccountToken } from '../../node-agent/spec/service-account-token.ts';
import { publishRequest } from '../spec/publish-request.ts';
import { SECRET, near } from './hostile.ts';
import { damagedJson } from './json-damage.ts';
import { type Subject, property } from './property.ts';

const bearer = near(fc.constantFrom('eyJhbGciOiJSUzI1NiJ9.e30.c2ln', 'abc==', 'a-b_c~d+e/f')).map((text) => `${SECRET}${text}`);
const expiry = near(fc.constantFrom('2026-11-25T15:00:00Z', '2026-11-25T15:00:00.123456789Z', '2026-11-25T16:00:00+01:00'));
const sound = fc.record({ token: bearer, expirationTimestamp: expiry });
const tokens = fc.oneof(
  sound.map((token) => ({ '': token })),
  fc.tuple(sound, sound).map(([own, other]) => ({ vault: other, '': own })),
);
const texts = fc.oneof(
  { weight: 3, arbitrary: tokens.map((value) => JSON.stringify(value)) },
  { weight: 4, arbitrary: damagedJson(tokens) },
  { weight: 1, arbitrary: fc.constant('') },
);

/** Among the secrets, among the attributes, in both, or in neither. */
const requests: fc.Arbitrary<PublishRequest> = fc.tuple(fc.option(texts), fc.option(texts)).map(([asSecret, asAttribute]) => ({
  ...publishRequest({}, { secrets: asSecret === null ? {} : { [SERVICE_ACCOUNT_TOKENS]: asSecret } }),
  attributes: asAttribute === null ? {} : { [SERVICE_ACCOUNT_TOKENS]: asAttribute },
}));

/** What kubelet sends of service accounts. */
export const serviceAccountTokens: Subject = {
  name: 'service account tokens',
  properties: () => [
    property(
      'a token can stand in a header and has an end, or is refused without being shown',
      { inputs: requests, weight: 5, reaches: ['accepted', 'refused'] },
      (request) => {
        const result = parseServiceAccountToken(request);
        if (result.kind === 'refused') {
          assert.equal(result.problems.length, 1);
          assert.ok(result.problems.every(({ field, why, cure }) => field === SERVICE_ACCOUNT_TOKENS && why !== '' && cure !== ''));
          assert.ok(!JSON.stringify(result.problems).includes(SECRET), 'a token is told');
          return 'refused';
        }
        assert.match(result.value.text, /^[\x21-\x7e]+$/);
        assert.notEqual(result.value.expiresAt.toISOString(), '');
        return 'accepted';
      },
    ),
  ],
};
