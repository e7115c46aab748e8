import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KEY_USAGES } from '../../node-agent/wanted.ts';
import { accepted, refusals } from './publish-request.ts';

describe('a key', () => {
  const read: readonly (readonly [attributes: Record<string, string>, key: unknown])[] = [
    [{ 'key-algorithm': 'rsa' }, { algorithm: 'RSA', bits: 2048, encoding: 'PKCS1' }],
    [
      { 'key-size': '8192', 'key-encoding': 'pkcs8' },
      { algorithm: 'RSA', bits: 8192, encoding: 'PKCS8' },
    ],
    [{ 'key-size': '3000' }, { algorithm: 'RSA', bits: 3000, encoding: 'PKCS1' }],
    [{ 'key-algorithm': 'Ecdsa' }, { algorithm: 'ECDSA', bits: 256, encoding: 'PKCS8' }],
    [
      { 'key-algorithm': 'ECDSA', 'key-size': '521' },
      { algorithm: 'ECDSA', bits: 521, encoding: 'PKCS8' },
    ],
    [
      { 'key-algorithm': 'ed25519', 'key-encoding': 'PKCS8' },
      { algorithm: 'Ed25519', encoding: 'PKCS8' },
    ],
  ];
  for (const [attributes, key] of read) {
    it(`is ${JSON.stringify(key)} where ${JSON.stringify(attributes)}`, () => assert.deepEqual(accepted(attributes).key, key));
  }

  const refused: readonly (readonly [attributes: Record<string, string>, problems: readonly string[]])[] = [
    [{ 'key-algorithm': 'DSA', 'key-size': '1', 'key-encoding': 'der' }, ['key-algorithm "DSA"', 'key-encoding "der"']],
    [{ 'key-algorithm': 'DSA', 'key-encoding': 'PKCS1' }, ['key-algorithm "DSA"']],
    ...['2047', '8193', '-2048', '2048.0', '0x800', '2048 ', '٢٠٤٨'].map(
      (size) => [{ 'key-size': size }, [`key-size ${JSON.stringify(size)}`]] as const,
    ),
    [{ 'key-size': '1', 'key-encoding': 'PEM' }, ['key-size "1"', 'key-encoding "PEM"']],
    [{ 'key-algorithm': 'ECDSA', 'key-size': '2048', 'key-encoding': 'pkcs1' }, ['key-size "2048"', 'key-encoding "PKCS1"']],
    [{ 'key-algorithm': 'Ed25519', 'key-size': '256', 'key-encoding': 'PKCS1' }, ['key-size "256"', 'key-encoding "PKCS1"']],
  ];
  for (const [attributes, problems] of refused) {
    it(`is refused where ${JSON.stringify(attributes)}`, () => assert.deepEqual(refusals(attributes), problems));
  }
});

describe('file names', () => {
  for (const name of ['a', '.hidden', 'a..b', 'a b', '$POD_NAME', 'ü日本', '-rf', "';rm *", 'a\nb', 'a'.repeat(255), 'ü'.repeat(127)]) {
    it(`may be ${JSON.stringify(name).slice(0, 30)}, as it is`, () =>
      assert.equal(accepted({ 'privatekey-file': name }).files.keyFile, name));
  }
  for (const name of ['.', '..', '..data', '...', '../x', '/x', 'a/b', 'a/', ' a', 'a ', 'a\n', 'a\0b', 'a'.repeat(256), 'ü'.repeat(128)]) {
    it(`may not be ${JSON.stringify(name).slice(0, 30)}`, () =>
      assert.deepEqual(refusals({ 'ca-file': name }), [`ca-file ${JSON.stringify(name)}`]));
  }
  it('are distinct, from defaults too', () => {
    assert.deepEqual(refusals({ 'ca-file': 'tls.crt' }), ['certificate-file "tls.crt"']);
    assert.deepEqual(refusals({ 'ca-file': 'x', 'privatekey-file': 'x' }), ['privatekey-file "x"']);
    assert.deepEqual(refusals({ 'certificate-file': 'x', 'privatekey-file': 'x' }), ['privatekey-file "x"']);
    assert.deepEqual(refusals({ 'ca-file': 'x', 'privatekey-file': 'x', 'certificate-file': 'x' }), [
      'certificate-file "x"',
      'privatekey-file "x"',
    ]);
  });

  const [chain, combined] = ['podcert.io/chain-file', 'podcert.io/combined-file'];
  const shared: readonly (readonly [attributes: Record<string, string>, problems: readonly string[]])[] = [
    [{ [chain]: 'tls.crt' }, [`${chain} "tls.crt"`]],
    [{ [chain]: 'x', [combined]: 'x' }, [`${combined} "x"`]],
    [{ [combined]: 'tls.key' }, [`${combined} "tls.key"`]],
    [{ 'certificate-file': 'tls.der', 'podcert.io/der': 'true' }, ['podcert.io/der "tls.der"']],
    [{ [chain]: 'key.der', [combined]: 'tls.der', 'podcert.io/der': 'true' }, ['podcert.io/der "tls.der"', 'podcert.io/der "key.der"']],
  ];
  for (const [attributes, problems] of shared) {
    it(`are distinct among all files of a volume: ${JSON.stringify(attributes)}`, () => assert.deepEqual(refusals(attributes), problems));
  }

  it('may be those of files that are not asked for', () => assert.ok(accepted({ [chain]: 'key.der', [combined]: 'tls.der' })));
});

describe('other attributes', () => {
  it('have every key usage of cert-manager', () =>
    assert.deepEqual(accepted({ 'key-usages': KEY_USAGES.toReversed().join(' ,\n') }).wanted.usages, KEY_USAGES.toReversed()));

  const refused: readonly (readonly [name: string, values: readonly string[]])[] = [
    ['duration', ['1d', '-1h', '0', '0s', ' 1h', '1h ', '3600', 'forever']],
    ['renew-before', ['0s', '-1m', '30']],
    ['is-ca', ['True', 'yes', '1', ' true']],
    ['reuse-private-key', ['TRUE', 'no']],
    ['key-usages', ['Server Auth', 'sign']],
    ['fs-group', ['0', '-1', '4294967295', '1e3', 'root', ' 1']],
    ['podcert.io/verify', ['Strict', 'none']],
    ['podcert.io/chain-file', ['a/b', '..data']],
    ['podcert.io/combined-file', ['/x', '..']],
    ['podcert.io/der', ['yes', 'True']],
    ['podcert.io/file-mode', ['0640', '0445', '0004', '0', '00440', '440 ', 'r--r-----', '0o440', '288']],
  ];
  for (const [name, values] of refused) {
    for (const value of values) {
      it(`refuse ${name} ${JSON.stringify(value)}`, () =>
        assert.deepEqual(refusals({ [name]: value }), [`${name} ${JSON.stringify(value)}`]));
    }
  }
  it('refuse an order of parts that is none', () => {
    const order = 'podcert.io/combined-order';
    const refusalsOf = (value: string) => refusals({ 'podcert.io/combined-file': 'all.pem', [order]: value });
    assert.deepEqual(refusalsOf('key,key'), [`${order} "key,key"`]);
    assert.deepEqual(refusalsOf('key,'), [`${order} "key,"`]);
    assert.deepEqual(refusalsOf('crt,Key'), [`${order} "crt"`, `${order} "Key"`]);
    assert.deepEqual(refusals({ [order]: 'key' }), [order], 'it orders nothing');
  });
  it('refuse an empty usage', () => assert.deepEqual(refusals({ 'key-usages': 'any,' }), ['key-usages "any,"']));
});
