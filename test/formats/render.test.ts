import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import type { Contents, FileSet } from '../../node-agent/contents.ts';
import { certificatesOf, toPem, trustedCaPem } from '../../node-agent/formats/certificates.ts';
import { renderFiles } from '../../node-agent/formats/render.ts';
import { accepted } from '../spec/publish-request.ts';
import { issuedContents, KEYS } from '../support/issued-contents.ts';
import { openssl } from '../support/openssl.ts';

const contents = await issuedContents();
const [leaf, intermediate] = certificatesOf(contents.chainPem).map((der) => toPem([der]));
assert.ok(leaf !== undefined && intermediate !== undefined);

async function rendered(attributes: Record<string, string>, from: Contents = contents): Promise<FileSet> {
  return renderFiles(from, accepted(attributes).files);
}

async function file(attributes: Record<string, string>, name: string, from?: Contents) {
  const found = (await rendered(attributes, from)).find((each) => each.name === name);
  assert.ok(found !== undefined, `there is no ${name}`);
  return found;
}

describe('the files of a volume', () => {
  it('are key, chain and CA as they came, and no others unless asked for', async () => {
    assert.deepEqual(await rendered({}), [
      { name: 'tls.key', content: contents.keyPem, mode: 0o440 },
      { name: 'tls.crt', content: contents.chainPem, mode: 0o440 },
      { name: 'ca.crt', content: contents.issuerCaPem, mode: 0o440 },
    ]);
  });

  it('have a chain without the certificate itself, empty where it came alone', async () => {
    assert.equal((await file({ 'podcert.io/chain-file': 'chain.pem' }, 'chain.pem')).content, intermediate);
    const alone = { ...contents, chainPem: leaf };
    assert.equal((await file({ 'podcert.io/chain-file': 'chain.pem' }, 'chain.pem', alone)).content, '');
  });

  const { keyPem, issuerCaPem } = contents;
  for (const { order, content } of [
    { order: '', content: [keyPem, leaf, intermediate] },
    { order: 'leaf,chain,key', content: [leaf, intermediate, keyPem] },
    { order: 'key, leaf', content: [keyPem, leaf] },
    { order: 'leaf,chain,ca', content: [leaf, intermediate, issuerCaPem] },
  ]) {
    it(`have a combined one in the order "${order}"`, async () => {
      const attributes = { 'podcert.io/combined-file': 'all.pem', 'podcert.io/combined-order': order };
      const all = await file(attributes, 'all.pem');
      assert.equal(all.content, content.join(''));
      const { ok, output } = await openssl(['x509', '-in', 'all.pem', '-noout', '-pubkey'], { 'all.pem': all.content });
      assert.ok(ok, output);
      if (!content.includes(keyPem)) return;
      assert.equal((await openssl(['pkey', '-in', 'all.pem', '-pubout'], { 'all.pem': all.content })).output, output, 'one pair');
    });
  }

  it('keep boundaries at the beginning of lines where what is combined lacks its last newline', async () => {
    const bare = { ...contents, issuerCaPem: contents.issuerCaPem.trimEnd(), keyPem: contents.keyPem.trimEnd() };
    const attributes = { 'podcert.io/combined-file': 'all.pem', 'podcert.io/combined-order': 'ca,key,leaf' };
    assert.equal((await file(attributes, 'all.pem', bare)).content, [issuerCaPem.trimEnd(), keyPem.trimEnd(), leaf].join('\n'));
  });

  for (const [name, key] of Object.entries(KEYS)) {
    it(`have key and certificate in DER that OpenSSL reads as one pair: ${name}`, async () => {
      const from = await issuedContents(key);
      const attributes = { 'podcert.io/der': 'true' };
      const [keyDer, certificateDer] = [await file(attributes, 'key.der', from), await file(attributes, 'tls.der', from)];
      const files = { 'key.der': keyDer.content, 'tls.der': certificateDer.content };
      const publicKey = await openssl(['pkey', '-inform', 'DER', '-in', 'key.der', '-pubout'], files);
      assert.ok(publicKey.ok, publicKey.output);
      assert.deepEqual(await openssl(['x509', '-inform', 'DER', '-in', 'tls.der', '-noout', '-pubkey'], files), publicKey);
      // Whatever key-encoding says: with any other type this throws.
      createPrivateKey({ key: Buffer.from(keyDer.content), format: 'der', type: 'pkcs8' });
      assert.ok(new X509Certificate(from.chainPem).raw.equals(Buffer.from(certificateDer.content)));
    });
  }
});

describe('the mode of files', () => {
  const everything = {
    'podcert.io/chain-file': 'chain.pem',
    'podcert.io/combined-file': 'all.pem',
    'podcert.io/der': 'true',
  };
  for (const { mode, open, secret } of [
    { mode: '', open: 0o440, secret: 0o440 },
    { mode: '0444', open: 0o444, secret: 0o440 },
    { mode: '400', open: 0o400, secret: 0o400 },
  ]) {
    it(`is ${mode || 'what it is by default'}, but never lets others read a key (invariant 8)`, async () => {
      const files = await rendered({ ...everything, 'podcert.io/file-mode': mode });
      const secrets = new Set(['tls.key', 'all.pem', 'key.der']);
      for (const { name, mode: given } of files) assert.equal(given, secrets.has(name) ? secret : open, name);
      assert.equal(files.length, 7);
    });
  }

  it('lets others read a combined file without the key', async () => {
    const attributes = { 'podcert.io/combined-file': 'all.pem', 'podcert.io/combined-order': 'leaf,ca', 'podcert.io/file-mode': '0444' };
    assert.equal((await file(attributes, 'all.pem')).mode, 0o444);
  });
});

describe('the CA to trust', () => {
  const root = contents.issuerCaPem;

  it('is what the issuer gave, as it is, also where the chain ends in another', () => {
    assert.equal(trustedCaPem({ chainPem: leaf + root, issuerCaPem: `# a comment\n${intermediate}` }), `# a comment\n${intermediate}`);
  });

  for (const issuerCaPem of ['', ' \n']) {
    it(`is the self-signed end of the chain where the issuer gave ${JSON.stringify(issuerCaPem)}`, () => {
      assert.equal(trustedCaPem({ chainPem: leaf + intermediate + root, issuerCaPem }), root);
    });
  }

  it('is nothing where the chain does not end in a self-signed certificate', () => {
    assert.equal(trustedCaPem({ chainPem: leaf + intermediate, issuerCaPem: '' }), '');
    assert.equal(trustedCaPem({ chainPem: leaf + root + intermediate, issuerCaPem: '' }), '');
  });
});
