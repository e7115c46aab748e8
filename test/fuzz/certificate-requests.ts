import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { readBase64Pem } from '../../node-agent/issuers/cert-manager/base64-pem.ts';
import { readRequest, type CertificateRequest } from '../../node-agent/issuers/cert-manager/certificate-request.ts';
import { identifierHash } from '../../node-agent/issuers/cert-manager/identifier-hash.ts';
import { ApiError } from '../../node-agent/kubernetes/api-error.ts';
import { readObject } from '../../node-agent/kubernetes/api-object.ts';
import { hostileText, mutated, near } from './hostile.ts';
import { damagedJson } from './json-damage.ts';
import { type Property, type Subject, property } from './property.ts';

const base64 = fc.oneof(
  fc
    .constantFrom('-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n', '', 'ü')
    .map((text) => Buffer.from(text).toString('base64')),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('base64')),
);
const encoded = near(base64, 4);

const condition = fc.record({
  type: near(fc.constantFrom('Approved', 'Denied', 'Ready', 'InvalidRequest')),
  status: near(fc.constantFrom('True', 'False', 'Unknown')),
  reason: near(fc.constantFrom('Issued', 'Failed', 'Pending', 'cert-manager.io', '')),
  message: fc.oneof(
    fc.constantFrom('', 'signed', 'denied\nby\tpolicy'),
    hostileText,
    hostileText.map((text) => text.repeat(200)),
  ),
  lastTransitionTime: fc.constant('2026-11-25T12:00:00Z'),
});

/** Objects as cert-manager's controllers, approvers and external issuers leave them. */
export const requestObjects: fc.Arbitrary<object> = fc.record({
  apiVersion: fc.constant('cert-manager.io/v1'),
  kind: fc.constant('CertificateRequest'),
  metadata: fc.record({
    name: fc.constant('3f1b'),
    namespace: fc.constant('shop'),
    uid: fc.constant('u'),
    resourceVersion: fc.constant('7'),
    creationTimestamp: near(fc.constantFrom('2026-11-25T12:00:00Z')),
    labels: fc.constant({ 'csi.cert-manager.io/volume-id-hash': identifierHash('v') }),
    ownerReferences: fc.constant([{ apiVersion: 'v1', kind: 'Pod', name: 'web', uid: '5f3d' }]),
  }),
  status: fc.option(
    fc.record({ conditions: fc.array(condition, { maxLength: 4 }), certificate: encoded, ca: encoded }, { requiredKeys: [] }),
  ),
});

/** CertificateRequests as the API gives them back. */
export const certificateRequests: Subject = {
  name: 'certificate requests',
  properties: () => [
    property(
      'an object is read as a request with a state that is told in one line, or is called none',
      {
        inputs: fc.oneof({ weight: 2, arbitrary: requestObjects.map((object) => JSON.stringify(object)) }, damagedJson(requestObjects)),
        weight: 5,
        reaches: ['waiting', 'issued', 'unusable', 'denied', 'failed', 'no object'],
      },
      (text) => {
        const request = read(text);
        if (request === undefined) return 'no object';
        requireSound(request);
        return request.state.kind;
      },
    ),
    base64Property(),
  ],
};

function read(text: string): CertificateRequest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  try {
    return readRequest(readObject(value));
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

function requireSound({ name, namespace, volumeHash, podUids, createdAt, state }: CertificateRequest): void {
  for (const text of [name, namespace, volumeHash, ...podUids]) assert.equal(typeof text, 'string');
  assert.ok(createdAt === undefined || Number.isFinite(createdAt.getTime()));
  if (state.kind === 'issued') {
    assert.ok(typeof state.issued?.chainPem === 'string' && typeof state.issued.issuerCaPem === 'string');
    return;
  }
  const said = state.kind === 'waiting' ? state.reason : state.message;
  assert.ok(said !== '' && said.length <= 1_602, `${said.length} characters`);
  // oxlint-disable-next-line no-control-regex -- what would end the line
  assert.doesNotMatch(said, /[\x00-\x1f\x7f\u2028\u2029]/);
}

function base64Property(): Property {
  return property(
    'a field of the status is base64 of a text, or refused',
    { inputs: fc.oneof(encoded, mutated(base64)), weight: 2, reaches: ['accepted', 'refused'] },
    (text) => {
      const read = readBase64Pem(text);
      if ('fault' in read) return 'refused';
      assert.equal(Buffer.from(text, 'base64').toString('base64'), text);
      return 'accepted';
    },
  );
}
