import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { newRequest, nodeSelector, requestManifest } from '../../node-agent/issuers/cert-manager/certificate-request.ts';
import { identifierHash } from '../../node-agent/issuers/cert-manager/identifier-hash.ts';
import { readState } from '../../node-agent/issuers/cert-manager/request-state.ts';
import { condition } from '../support/signer.ts';
import { orderOf } from '../support/issuer-bench.ts';

function ready(reason: string, message: string): object {
  return condition('Ready', reason === 'Issued' ? 'True' : 'False', reason, message);
}

describe('identifierHash', () => {
  // FNV-1 values of the algorithm's own test suite, in decimal; then each digit d stands for the character (48 + d) mod 27
  // of the alphabet, so that 0123456789 is written 456789bcdf.
  const vectors = [
    { text: '', hash: 0x811c9dc5 },
    { text: 'a', hash: 0x050c5d7e },
    { text: 'foobar', hash: 0x31f0b262 },
  ];
  for (const { text, hash } of vectors) {
    const written = String(hash).replaceAll(/\d/g, (digit) => '456789bcdf'[Number(digit)] ?? '');
    it(`writes ${JSON.stringify(text)} as ${written}`, () => assert.equal(identifierHash(text), written));
  }

  it('hashes the bytes of UTF-8', () => {
    let hash = 0x811c9dc5n;
    for (const byte of [0xc3, 0xa9]) hash = ((hash * 0x01000193n) % 2n ** 32n) ^ BigInt(byte);
    assert.equal(
      identifierHash('é'),
      String(hash).replaceAll(/\d/g, (digit) => '456789bcdf'[Number(digit)] ?? ''),
    );
  });
});

describe('the CertificateRequest', () => {
  it('carries what the contract says, and nothing else', () => {
    const order = orderOf('web', {
      annotations: { 'policy.example/team': 'blue' },
      issuer: { name: 'step', kind: 'StepIssuer', group: 'certmanager.step.sm' },
      csrPem: 'the CSR',
    });
    const wanted = { ...order.wanted, durationMs: 90 * 24 * 3_600_000, isCa: true, usages: ['client auth', 'any', 'server auth'] as const };
    assert.deepEqual(requestManifest({ ...order, wanted }, 'a-name', 'node-1'), {
      apiVersion: 'cert-manager.io/v1',
      kind: 'CertificateRequest',
      metadata: {
        name: 'a-name',
        namespace: 'default',
        labels: {
          'csi.cert-manager.io/node-id-hash': identifierHash('node-1'),
          'csi.cert-manager.io/volume-id-hash': identifierHash('csi-web'),
        },
        annotations: { 'policy.example/team': 'blue', 'podcert.io/node': 'node-1' },
        ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'web', uid: 'uid-of-web' }],
      },
      spec: {
        request: 'dGhlIENTUg==',
        issuerRef: { name: 'step', kind: 'StepIssuer', group: 'certmanager.step.sm' },
        duration: '2160h0m0s',
        isCA: true,
        usages: ['client auth', 'any', 'server auth'],
      },
    });
  });

  it('is selected by the node it was made on', () => {
    assert.equal(nodeSelector('node-1'), `csi.cert-manager.io/node-id-hash=${identifierHash('node-1')}`);
  });

  it('is not approved at first', () => {
    assert.deepEqual(newRequest(orderOf('web'), 'a-name').state, { kind: 'waiting', reason: 'not approved yet' });
  });
});

describe('the state of a CertificateRequest', () => {
  const denied = condition('Denied', 'True', 'policy.test', 'no such team');
  const cases = [
    { name: 'no status at all', status: undefined, state: { kind: 'waiting', reason: 'not approved yet' } },
    { name: 'no conditions', status: {}, state: { kind: 'waiting', reason: 'not approved yet' } },
    { name: 'conditions that are none', status: { conditions: [null, 1, {}] }, state: { kind: 'waiting', reason: 'not approved yet' } },
    {
      name: 'approved only',
      status: { conditions: [condition('Approved', 'True', 'cert-manager.io', 'ok')] },
      state: { kind: 'waiting', reason: 'approved, and no issuer has taken it up yet' },
    },
    {
      name: 'pending',
      status: { conditions: [ready('Pending', 'Referenced issuer "x" not found')] },
      state: { kind: 'waiting', reason: 'Pending: Referenced issuer "x" not found' },
    },
    { name: 'a reason nobody knows', status: { conditions: [ready('Odd', '')] }, state: { kind: 'waiting', reason: 'Odd' } },
    { name: 'denied', status: { conditions: [denied] }, state: { kind: 'denied', message: 'policy.test: no such team' } },
    {
      name: 'denied, then issued all the same',
      status: { certificate: 'Yw==', conditions: [ready('Issued', ''), denied] },
      state: { kind: 'denied', message: 'policy.test: no such team' },
    },
    {
      name: 'not denied',
      status: { conditions: [condition('Denied', 'False', 'x', 'y')] },
      state: { kind: 'waiting', reason: 'not approved yet' },
    },
    { name: 'failed', status: { conditions: [ready('Failed', 'bad\nCSR')] }, state: { kind: 'failed', message: 'Failed: bad CSR' } },
    {
      name: 'issued, not approved',
      status: { certificate: 'Yw==', ca: 'Y2E=', conditions: [ready('Issued', '')] },
      state: { kind: 'issued', issued: { chainPem: 'c', issuerCaPem: 'ca' } },
    },
    {
      name: 'issued without a CA',
      status: { certificate: 'Yw==', conditions: [ready('Issued', '')] },
      state: { kind: 'issued', issued: { chainPem: 'c', issuerCaPem: '' } },
    },
    {
      name: 'issued with a CA that is not base64',
      status: { certificate: 'Yw==', ca: 'Y2E', conditions: [ready('Issued', '')] },
      state: { kind: 'unusable', message: 'its status.ca is not base64' },
    },
    {
      name: 'issued with more than a pod is given, of which nothing is kept',
      status: { certificate: Buffer.alloc(256 * 1024 + 1).toString('base64'), conditions: [ready('Issued', '')] },
      state: { kind: 'unusable', message: 'its status.certificate has 262145 bytes, more than 262144' },
    },
    {
      name: 'issued without a certificate',
      status: { conditions: [ready('Issued', '')] },
      state: { kind: 'waiting', reason: 'it is said to be issued, but holds no certificate yet' },
    },
  ];
  for (const { name, status, state } of cases) it(`is read from ${name}`, () => assert.deepEqual(readState(status), state));
});
