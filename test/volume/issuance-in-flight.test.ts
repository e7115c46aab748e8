import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Waiting } from '../../node-agent/ports.ts';
import { IssuanceInFlight } from '../../node-agent/volume/issuance-in-flight.ts';

describe('an issuance in flight', () => {
  it('tells why it waits only when that is news, and to a caller who leaves always', async () => {
    const told: Waiting[] = [];
    const issuance = new IssuanceInFlight({
      run: async (waiting) => {
        for (const reason of ['a', 'a', 'b', 'b', 'a']) waiting({ reason });
        for (const requestName of ['r', 'r', 's']) waiting({ reason: 'a', requestName });
        return new Promise(() => {});
      },
      callersChanged: () => {},
      waitingChanged: (why) => told.push(why),
    });
    assert.deepEqual(
      told.map(({ reason, requestName }) => `${reason}${requestName ?? ''}`),
      ['a', 'b', 'a', 'ar', 'as'],
    );
    assert.deepEqual(issuance.waiting, { reason: 'a', requestName: 's' });
    const left = issuance.join(AbortSignal.abort());
    await assert.rejects(left, { code: 'issuance-pending', message: /not issued yet: a \(CertificateRequest s\)/ });
  });
});
