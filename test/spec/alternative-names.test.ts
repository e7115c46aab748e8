import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { accepted, refusals } from './publish-request.ts';

describe('DNS names', () => {
  const long = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}`;
  const read: readonly (readonly [text: string, names: readonly string[]])[] = [
    ['a.example', ['a.example']],
    [' a ,\n*.b.example\n,,', ['a', '*.b.example']],
    ['A.Example,_srv.x,xn--mnchen-3ya.de', ['A.Example', '_srv.x', 'xn--mnchen-3ya.de']],
    ['$POD_NAME.${POD_NAMESPACE}.svc', ['web-6d4cf56db6-x7k2p.shop.svc']],
    [',', []],
    [long, [long]],
  ];
  for (const [text, names] of read) {
    it(`${JSON.stringify(text).slice(0, 40)} are ${JSON.stringify(names).slice(0, 60)}`, () =>
      assert.deepEqual(accepted({ 'dns-names': text }).wanted.dnsNames, names));
  }

  for (const text of ['münchen.de', 'a b', 'a\nb', 'a\0', 'a\u0085b', `${long}e`]) {
    it(`are not ${JSON.stringify(text).slice(0, 40)}`, () =>
      assert.deepEqual(refusals({ 'dns-names': `ok,${text}` }), [`dns-names ${JSON.stringify(text)}`]));
  }
});

describe('IP addresses', () => {
  const read: readonly (readonly [text: string, addresses: readonly string[]])[] = [
    ['10.0.0.1, 2001:DB8:0:0:0:0:0:1', ['10.0.0.1', '2001:db8::1']],
    ['::,::1,1::,0:0:0:0:0:0:0:0', ['::', '::1', '1::', '::']],
    ['2001:db8:0:1:1:1:1:1', ['2001:db8:0:1:1:1:1:1']],
    ['2001:0:0:1:0:0:0:1', ['2001:0:0:1::1']],
    ['::ffff:192.0.2.7,::ffff:c000:0207', ['192.0.2.7', '192.0.2.7']],
    ['::192.0.2.7', ['::c000:207']],
  ];
  for (const [text, addresses] of read) {
    it(`${text} are ${addresses.join(' ')}`, () => assert.deepEqual(accepted({ 'ip-sans': text }).wanted.ipAddresses, addresses));
  }

  it('may come of a variable', () => assert.deepEqual(refusals({ 'ip-sans': '$POD_NAME' }), ['ip-sans "web-6d4cf56db6-x7k2p"']));

  for (const text of [
    '256.0.0.1',
    '01.2.3.4',
    '1.2.3',
    '0x7f.1',
    '::1%eth0',
    '[::1]',
    '::1/64',
    '10.0.0.1:80',
    '1:2:3',
    'localhost',
    '1.2.3.4\0',
  ]) {
    it(`are not ${JSON.stringify(text)}`, () => assert.deepEqual(refusals({ 'ip-sans': text }), [`ip-sans ${JSON.stringify(text)}`]));
  }
  it('have no empty item', () => assert.deepEqual(refusals({ 'ip-sans': '::1,' }), ['ip-sans "::1,"']));
});

describe('URIs', () => {
  const read: readonly (readonly [text: string, uri: string])[] = [
    ['spiffe://cluster.local/ns/$POD_NAMESPACE/sa/$SERVICE_ACCOUNT_NAME', 'spiffe://cluster.local/ns/shop/sa/web'],
    ['SPIFFE://Cluster.Local/A', 'spiffe://Cluster.Local/A'],
    ['urn:uuid:$POD_UID', 'urn:uuid:5f3d2c9e-8a41-4c0e-9a55-0d9f5b6f2b11'],
    ['https://u:p@[2001:db8::1]:8443/a?b=c#d', 'https://u:p@[2001:db8::1]:8443/a?b=c#d'],
    ['https://host:443', 'https://host:443'],
    ['file:///etc/x', 'file:///etc/x'],
    ['x:/p', 'x:/p'],
    ['https://a/ü b%2f?q=ä"|#<é>', 'https://a/%C3%BC%20b%2f?q=%C3%A4%22%7C#%3C%C3%A9%3E'],
    ['https://a/[1]{2}\\^`😀##', 'https://a/%5B1%5D%7B2%7D%5C%5E%60%F0%9F%98%80#%23'],
  ];
  for (const [text, uri] of read) {
    it(`${text} is written ${uri}`, () => assert.deepEqual(accepted({ 'uri-sans': ` ${text}\n` }).wanted.uris, [uri]));
  }

  const refused = [
    '/p',
    '*',
    '//host/p',
    'host/p',
    'a.b',
    '1a:b',
    ':x',
    'spiffe:',
    'spiffe://',
    'https://a/%',
    'https://a/%2',
    'https://a/%zz',
    'https://a\nb',
  ];
  const hosts = [
    'https://münchen.de/',
    'https://a b/',
    'https://a..b/',
    'https://.a/',
    'https://a.:1',
    'https://a:x/',
    'https://[::1/',
    'https://[1.2.3.4]/',
    'https://a@b@c/',
  ];
  for (const text of [...refused, ...hosts, 'https://[fe80::1%25e]/', 'https://%41/', 'x:\0']) {
    it(`are not ${JSON.stringify(text)}`, () => assert.deepEqual(refusals({ 'uri-sans': text }), [`uri-sans ${JSON.stringify(text)}`]));
  }
  it('have no empty item', () => assert.deepEqual(refusals({ 'uri-sans': 'urn:a,,urn:b' }), ['uri-sans "urn:a,,urn:b"']));
});

function names(count: number): string {
  return Array.from({ length: count }, (_, i) => `n${i}`).join(',');
}

describe('all alternative names together', () => {
  it('may be 1,000', () => assert.equal(accepted({ 'dns-names': names(999), 'ip-sans': '::1' }).wanted.dnsNames.length, 999));
  it('may not be 1,001', () =>
    assert.deepEqual(refusals({ 'dns-names': names(999), 'ip-sans': '::1', 'uri-sans': 'urn:a' }), ['dns-names, uri-sans and ip-sans']));
});
