import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HOUR_MS } from '../../node-agent/clock.ts';
import { createIssuerRegistry, type Issuers } from '../../node-agent/issuers/registry.ts';
import type { Issuer } from '../../node-agent/ports.ts';
import type { IssuerReference, Wanted } from '../../node-agent/wanted.ts';

const never: Issuer['issue'] = () => Promise.reject(new Error('nothing is issued here'));
const certManager: Issuer = { issue: never };
const localCa: Issuer = {
  issue: never,
  refuses: ({ isCa }) => (isCa ? [{ field: 'csi.cert-manager.io/is-ca', why: 'no', cure: 'leave it out' }] : []),
};
const wanted: Wanted = { subject: [], dnsNames: ['a'], ipAddresses: [], uris: [], durationMs: HOUR_MS, isCa: false, usages: ['signing'] };
const local: IssuerReference = { name: 'any name', kind: 'LocalCA', group: 'podcert.io' };
const all = { certManager, localCa };

describe('the registry of issuers', () => {
  const found: { name: string; reference: IssuerReference; issuer: Issuer }[] = [
    { name: "cert-manager's own group", reference: { name: 'a', kind: 'ClusterIssuer', group: 'cert-manager.io' }, issuer: certManager },
    {
      name: 'the group of an external issuer',
      reference: { name: 'a', kind: 'AWSPCAIssuer', group: 'awspca.cert-manager.io' },
      issuer: certManager,
    },
    { name: 'a LocalCA of another group', reference: { ...local, group: 'example.org' }, issuer: certManager },
    { name: 'the local CA, whatever its name', reference: local, issuer: localCa },
  ];
  for (const { name, reference, issuer } of found) {
    it(`finds the issuer of ${name}`, () => {
      assert.deepEqual(createIssuerRegistry(all).find(reference, wanted), { kind: 'found', issuer });
    });
  }

  const refused: { name: string; issuers: Issuers; reference: IssuerReference; isCa?: boolean; field: RegExp; cure: RegExp }[] = [
    {
      name: 'another kind of our own group',
      issuers: all,
      reference: { ...local, kind: 'Issuer' },
      field: /issuer-kind$/,
      cure: /write "LocalCA"/,
    },
    { name: 'the local CA where it is off', issuers: { certManager }, reference: local, field: /issuer-kind$/, cure: /--local-ca-dir=/ },
    { name: 'what the local CA refuses', issuers: all, reference: local, isCa: true, field: /is-ca$/, cure: /leave it out/ },
    {
      name: 'what an issuer of another group refuses',
      issuers: { certManager: localCa },
      reference: { name: 'a', kind: 'Issuer', group: 'cert-manager.io' },
      isCa: true,
      field: /is-ca$/,
      cure: /leave it out/,
    },
    {
      name: 'every other group where there is no API',
      issuers: { localCa },
      reference: { name: 'a', kind: 'Issuer', group: 'cert-manager.io' },
      field: /issuer-group$/,
      cure: /--kubeconfig/,
    },
  ];
  for (const { name, issuers, reference, isCa = false, field, cure } of refused) {
    it(`refuses ${name}, and says what to do`, () => {
      const result = createIssuerRegistry(issuers).find(reference, { ...wanted, isCa });
      assert.equal(result.kind, 'refused');
      assert.equal(result.problems.length, 1);
      assert.match(result.problems[0]!.field, field);
      assert.match(result.problems[0]!.cure, cure);
    });
  }

  it('starts every issuer that has something to start', () => {
    const started: unknown[] = [];
    const signal = new AbortController().signal;
    createIssuerRegistry({ certManager: { issue: never, start: (...args) => started.push(args) }, localCa }).start([], signal);
    assert.deepEqual(started, [[[], signal]]);
  });
});
