import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAXIMUM_PASSWORD_BYTES } from '../../node-agent/spec/limits.ts';
import { parseSpec } from '../../node-agent/spec/parse-spec.ts';
import { SURROUNDINGS, accepted, publishRequest, refusals } from './publish-request.ts';

const ENABLED = { 'pkcs12-enable': 'true', 'pkcs12-password': 'changeit' };
const FROM_SECRET = { 'pkcs12-enable': 'true', 'podcert.io/pkcs12-password-key': 'store.password' };

describe('the keystores of a volume', () => {
  it('are one file by default, of the modern profile', () => {
    assert.deepEqual(accepted(ENABLED).files.keystores, { file: 'keystore.p12', password: 'changeit', profile: 'Modern' });
  });

  it('are none unless enabled, and their names are then free', () => {
    assert.equal(accepted().files.keystores, undefined);
    assert.equal(accepted({ ...ENABLED, 'pkcs12-enable': 'false', 'ca-file': 'keystore.p12' }).files.keystores, undefined);
  });

  it('have a password from the Secret that came with the request', () => {
    const secrets = { 'store.password': 'from secret', other: 'x' };
    assert.equal(accepted(FROM_SECRET, { secrets }).files.keystores?.password, 'from secret');
  });

  for (const password of ['$POD_NAME', '${NONE} $$', ' ', 'pässwörd', '𝄞', 'x'.repeat(MAXIMUM_PASSWORD_BYTES)]) {
    it(`may have the password ${JSON.stringify(password).slice(0, 20)}, as it is`, () =>
      assert.equal(accepted({ ...ENABLED, 'pkcs12-password': password }).files.keystores?.password, password));
  }

  const refused: readonly (readonly [attributes: Record<string, string>, problems: readonly string[]])[] = [
    [{ 'pkcs12-enable': 'true' }, ['pkcs12-password']],
    [{ 'pkcs12-enable': 'false' }, ['pkcs12-password']],
    [{ ...ENABLED, 'pkcs12-password': '' }, ['pkcs12-password']],
    [{ ...ENABLED, 'pkcs12-enable': 'yes' }, ['pkcs12-enable "yes"']],
    [{ ...ENABLED, 'pkcs12-filename': 'a/b' }, ['pkcs12-filename "a/b"']],
    [{ ...ENABLED, 'pkcs12-filename': 'tls.key' }, ['pkcs12-filename "tls.key"']],
    [{ ...ENABLED, 'podcert.io/truststore-file': 'keystore.p12' }, ['podcert.io/truststore-file "keystore.p12"']],
    [{ ...ENABLED, 'podcert.io/truststore-file': '..x' }, ['podcert.io/truststore-file "..x"']],
    [{ ...ENABLED, 'podcert.io/pkcs12-profile': 'RC2' }, ['podcert.io/pkcs12-profile "RC2"']],
    [{ ...ENABLED, ...FROM_SECRET }, ['podcert.io/pkcs12-password-key']],
    [{ 'pkcs12-password': 'changeit' }, ['pkcs12-password']],
    [{ 'pkcs12-filename': 'x', 'podcert.io/pkcs12-profile': 'Legacy' }, ['pkcs12-filename', 'podcert.io/pkcs12-profile']],
    [{ 'podcert.io/truststore-file': 'x' }, ['podcert.io/truststore-file']],
    [{ 'podcert.io/pkcs12-password-key': 'x' }, ['podcert.io/pkcs12-password-key']],
  ];
  for (const [attributes, problems] of refused) {
    it(`are refused where ${JSON.stringify(attributes)}`, () => assert.deepEqual(refusals(attributes), problems));
  }
});

describe('a password that cannot be one', () => {
  const passwords = [`${'x'.repeat(MAXIMUM_PASSWORD_BYTES - 5)}secret`, 'secret\n', 'sec\0ret', 'secret\u0085'];
  for (const password of passwords) {
    it(`is refused and never shown: ${JSON.stringify(password.slice(-10))} (invariant 8)`, () => {
      for (const request of [
        publishRequest({ ...ENABLED, 'pkcs12-password': password }),
        publishRequest(FROM_SECRET, { secrets: { 'store.password': password } }),
      ]) {
        const result = parseSpec(request, SURROUNDINGS);
        assert.equal(result.kind === 'refused' && result.problems.length, 1);
        assert.doesNotMatch(JSON.stringify(result), /sec/);
      }
    });
  }

  it('is an empty one of a Secret, or one that a Secret does not have: the key is named', () => {
    const problem = 'podcert.io/pkcs12-password-key "store.password"';
    assert.deepEqual(refusals(FROM_SECRET, { secrets: { 'store.password': '' } }), [problem]);
    assert.deepEqual(refusals(FROM_SECRET, { secrets: { other: 'x' } }), [problem]);
  });

  for (const key of ['csi.storage.k8s.io/serviceAccount.tokens', '__proto__', 'a b', 'x'.repeat(254)]) {
    it(`is never what the request has under ${JSON.stringify(key).slice(0, 42)}`, () => {
      const attributes = { ...FROM_SECRET, 'podcert.io/pkcs12-password-key': key };
      const secrets = { 'csi.storage.k8s.io/serviceAccount.tokens': 'token', 'a b': 'x' };
      assert.deepEqual(refusals(attributes, { secrets }), [`podcert.io/pkcs12-password-key ${JSON.stringify(key)}`]);
    });
  }
});
