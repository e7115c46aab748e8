import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { parseServiceAccountToken } from '../../node-agent/spec/service-account-token.ts';
import { TOKENS_KEY, tokensOf } from '../support/pod-tokens.ts';
import { publishRequest } from './publish-request.ts';

const EXPIRES_AT = new Date('2026-01-01T01:00:00Z');

function parse(attributes: Record<string, string>, secrets: Record<string, string> = {}) {
  return parseServiceAccountToken(publishRequest(attributes, { secrets }));
}

describe("a pod's token", () => {
  it('is read from the volume context, with its expiry', () => {
    assert.deepEqual(parse(tokensOf('abc.def-_', EXPIRES_AT)), { kind: 'parsed', value: { text: 'abc.def-_', expiresAt: EXPIRES_AT } });
  });

  it('is read from the secrets first, whatever the volume context has', () => {
    const token = parse(tokensOf('from-context', EXPIRES_AT), tokensOf('from-secrets', EXPIRES_AT));
    assert.ok(token.kind === 'parsed' && token.value.text === 'from-secrets');
    assert.equal(parse(tokensOf('from-context', EXPIRES_AT), { [TOKENS_KEY]: '{' }).kind, 'refused');
  });

  it('may come among those of other audiences', () => {
    const [own] = Object.values(tokensOf('own', EXPIRES_AT)).map((text) => JSON.parse(text) as object);
    const token = parse({ [TOKENS_KEY]: JSON.stringify({ vault: { token: 'other', expirationTimestamp: 'x' }, ...own }) });
    assert.ok(token.kind === 'parsed' && token.value.text === 'own');
  });

  const valid = { token: 'hunter2', expirationTimestamp: '2026-01-01T01:00:00Z' };
  const refused: readonly (readonly [string, string | undefined])[] = [
    ['none at all', undefined],
    ['an empty text', ''],
    ['JSON that is cut off', '{"":{"token":"hunter2"'],
    ['null', 'null'],
    ['a token of another audience alone', JSON.stringify({ vault: valid })],
    ['a bare token', JSON.stringify({ '': 'hunter2' })],
    ['a token without its expiry', JSON.stringify({ '': { token: 'hunter2' } })],
    ['a token whose expiry is no instant', JSON.stringify({ '': { ...valid, expirationTimestamp: 'soon' } })],
    ['a token that would break a header', JSON.stringify({ '': { ...valid, token: 'hunter2\r\nX-Remote-User: admin' } })],
    ['an empty token', JSON.stringify({ '': { ...valid, token: '' } })],
    ['a token of an absurd length', JSON.stringify({ '': { ...valid, token: 'hunter2'.repeat(3_000) } })],
  ];
  for (const [name, json] of refused) {
    it(`is refused with the cure, and never shown: ${name} (invariant 8)`, () => {
      const token = parse(json === undefined ? {} : { [TOKENS_KEY]: json });
      assert.ok(token.kind === 'refused');
      assert.match(token.problems[0]?.cure ?? '', /tokenRequests: \[\{audience: ""\}\]/);
      assert.doesNotMatch(JSON.stringify(token), /hunter2/);
    });
  }

  it('is refused, and nothing thrown, whatever text there is', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => assert.equal(parse({ [TOKENS_KEY]: text }).kind, 'refused')));
  });
});
