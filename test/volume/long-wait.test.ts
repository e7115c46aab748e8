import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HOUR_MS, MINUTE_MS } from '../../node-agent/clock.ts';
import { Agenda } from '../../node-agent/schedule/agenda.ts';
import { parseVolumeId, type VolumeId } from '../../node-agent/volume-id.ts';
import { LongWait } from '../../node-agent/volume/long-wait.ts';
import { ManualClock } from '../support/manual-clock.ts';

/** A wait whose words are kept with the second at which they were told. */
function begin() {
  const clock = new ManualClock();
  const startMs = clock.now().getTime();
  const agenda = new Agenda({ clock, failed: (_, error) => assert.fail(String(error)) });
  agenda.start(new AbortController().signal);
  const told: string[] = [];
  const second = (at: Date) => (at.getTime() - startMs) / 1_000;
  const wait = new LongWait({ agenda, clock }, parseVolumeId('csi-1') as VolumeId, ({ reason, sinceAt }) =>
    told.push(`${second(clock.now())}: ${reason} since ${second(sinceAt)}`),
  );
  return { clock, agenda, wait, told };
}

describe('a wait', () => {
  it('that is over within 5 s is not told, however often its reason changed', async () => {
    const { clock, agenda, wait, told } = begin();
    wait.changed({ reason: 'not approved' });
    await clock.advance(3_000);
    wait.changed({ reason: 'no issuer' });
    await clock.advance(1_999);
    wait.end();
    await clock.advance(MINUTE_MS);
    assert.deepEqual(told, []);
    assert.equal(agenda.size, 0);
  });

  it('that lasts is told by its latest words, and again every ten minutes', async () => {
    const { clock, wait, told } = begin();
    await clock.advance(1_000);
    wait.changed({ reason: 'not approved' });
    wait.changed({ reason: 'no issuer' });
    await clock.advance(21 * MINUTE_MS);
    assert.deepEqual(told, ['6: no issuer since 1', '606: no issuer since 1', '1206: no issuer since 1']);
  });

  it('is told in time though the clock is set back by hours', async () => {
    const { clock, wait, told } = begin();
    wait.changed({ reason: 'no issuer' });
    await clock.advance(5_000);
    await clock.jump(-HOUR_MS);
    await clock.advance(11 * MINUTE_MS);
    assert.equal(told.length, 2);
  });

  it('tells a change once that has lasted too, so that its end is not told as a wait', async () => {
    const { clock, wait, told } = begin();
    wait.changed({ reason: 'no issuer' });
    await clock.advance(MINUTE_MS);
    wait.changed({ reason: 'approved' });
    await clock.advance(5_000);
    wait.changed({ reason: 'nearly there' });
    await clock.advance(4_000);
    wait.end();
    await clock.advance(MINUTE_MS);
    assert.deepEqual(told, ['5: no issuer since 0', '65: approved since 0']);
  });

  it('whose reason never stays for long is told all the same, every 5 s', async () => {
    const { clock, wait, told } = begin();
    for (let index = 0; index < 12; index += 1) {
      wait.changed({ reason: `reason ${index}` });
      await clock.advance(1_000);
    }
    assert.deepEqual(told, ['5: reason 4 since 0', '10: reason 9 since 0']);
  });

  it('remembers the request it was for until it ends', () => {
    const { wait } = begin();
    wait.changed({ reason: 'not approved', requestName: 'r' });
    wait.changed({ reason: 'not valid yet' });
    assert.deepEqual(wait.request, { requestName: 'r' });
    wait.end();
    assert.deepEqual(wait.request, {});
  });
});
