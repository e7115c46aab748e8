import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AgentEvent } from '../../node-agent/events.ts';
import { Agenda } from '../../node-agent/schedule/agenda.ts';
import { trimMemory } from '../../node-agent/volume/kernel.ts';
import { SpareMemory } from '../../driver/spare-memory.ts';
import { ManualClock } from '../support/manual-clock.ts';

/** A process as far as it gives memory back, and how often it did. */
function bench() {
  const clock = new ManualClock();
  const agenda = new Agenda({ clock, failed: (_, error) => assert.fail(String(error)) });
  agenda.start(new AbortController().signal);
  const given: Date[] = [];
  const letGo: Date[] = [];
  const memory = new SpareMemory({ timer: agenda, letGo: () => letGo.push(clock.now()), giveBack: () => given.push(clock.now()) });
  return { clock, given, letGo, note: (kind: AgentEvent['kind'], times = 1) => note(memory, kind, times) };
}

function note(memory: SpareMemory, kind: AgentEvent['kind'], times: number): void {
  for (let time = 0; time < times; time += 1) memory.note({ kind } as AgentEvent);
}

describe('spare memory', () => {
  it('is given back once, ten seconds after a start and after the last certificate of a burst', async () => {
    const { clock, given, note } = bench();
    note('started');
    await clock.advance(9_999);
    assert.equal(given.length, 0);
    await clock.advance(1);
    assert.equal(given.length, 1);
    note('published', 20);
    await clock.advance(9_000);
    note('published');
    await clock.advance(9_000);
    assert.equal(given.length, 1, 'not while certificates come');
    await clock.advance(1_000);
    assert.equal(given.length, 2);
    await clock.advance(3_600_000);
    assert.equal(given.length, 2);
  });

  it('is not looked for after a few certificates, nor after what leaves no garbage', async () => {
    const { clock, given, note } = bench();
    note('published', 10);
    note('unpublished', 9);
    note('waiting', 100);
    await clock.advance(60_000);
    assert.equal(given.length, 0);
    note('renewed');
    await clock.advance(10_000);
    assert.equal(given.length, 1);
  });

  it('is given back a second after what holds it was let go, and not if certificates come meanwhile', async () => {
    const { clock, given, letGo, note } = bench();
    note('published', 20);
    await clock.advance(9_500);
    assert.deepEqual([letGo.length, given.length], [1, 0]);
    note('published');
    await clock.advance(8_999);
    assert.deepEqual([letGo.length, given.length], [1, 0]);
    await clock.advance(1);
    assert.deepEqual([letGo.length, given.length], [2, 0]);
    await clock.advance(1_000);
    assert.deepEqual([letGo.length, given.length], [2, 1]);
  });

  it('is given back in the midst of certificates that never stop coming', async () => {
    const { clock, given, note } = bench();
    for (let second = 0; second < 1_100; second += 1) {
      note('renewed');
      await clock.advance(1_000);
    }
    assert.equal(given.length, 1);
  });

  it('goes back to the kernel by the C library, where that can', () => trimMemory());
});
