import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AgentError } from '../../node-agent/errors.ts';
import { createIssuerRegistry } from '../../node-agent/issuers/registry.ts';
import { admit } from '../../node-agent/volume/admission.ts';
import { SURROUNDINGS, publishRequest } from '../spec/publish-request.ts';
import { ManualClock } from '../support/manual-clock.ts';

describe('admission', () => {
  it('tells what the issuer would refuse together with what is wrong with the attributes', () => {
    const attributes = {
      'csi.cert-manager.io/issuer-group': 'podcert.io',
      'csi.cert-manager.io/issuer-kind': 'LocalCA',
      'csi.cert-manager.io/duration': '1d',
    };
    assert.throws(
      () => admit(publishRequest(attributes), { issuers: createIssuerRegistry({}), clock: new ManualClock() }, SURROUNDINGS),
      (error) =>
        error instanceof AgentError &&
        error.code === 'invalid-request' &&
        /duration "1d"/.test(error.message) &&
        /--local-ca-dir/.test(error.message),
    );
  });
});
