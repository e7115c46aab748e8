import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { createLog, type LogFields } from '../../../driver/report/log.ts';
import { ManualClock } from '../../support/manual-clock.ts';

function written(logLevel: number, act: (log: ReturnType<typeof createLog>) => void): string[] {
  const lines: string[] = [];
  act(createLog(logLevel, new ManualClock(new Date('2026-03-04T05:06:07.089Z')), (line) => lines.push(line)));
  return lines;
}

describe('createLog', () => {
  it('writes time, level and message first, then the fields in their order', () => {
    const [line] = written(1, (log) => log.info('Call ended', { method: 'Probe', durationMs: 3, ok: true, missing: undefined }));
    const expected =
      '{"time":"2026-03-04T05:06:07.089Z","level":"info","message":"Call ended","method":"Probe","durationMs":3,"ok":true}\n';
    assert.equal(line, expected);
  });

  for (const { logLevel, levels } of [
    { logLevel: 0, levels: ['error'] },
    { logLevel: 1, levels: ['error', 'info'] },
    { logLevel: 2, levels: ['error', 'info', 'debug'] },
    { logLevel: 5, levels: ['error', 'info', 'debug'] },
  ]) {
    it(`writes ${levels.join(', ')} at level ${logLevel}`, () => {
      const lines = written(logLevel, (log) => {
        log.error('x');
        log.info('x');
        log.debug('x');
      });
      assert.deepEqual(
        lines.map((line) => (JSON.parse(line) as { level: string }).level),
        levels,
      );
    });
  }

  it('keeps whatever a text holds on its line, and hands it back whole', () => {
    const text = fc.string({ unit: 'binary', maxLength: 100 });
    fc.assert(
      fc.property(text, text, (message, value) => {
        const [line = '', ...others] = written(1, (log) => log.info(message, { value }));
        assert.deepEqual(others, []);
        assert.deepEqual(JSON.parse(line), { time: '2026-03-04T05:06:07.089Z', level: 'info', message, value });
        // One newline, at the end, and nothing that a terminal or a viewer acts on.
        assert.match(line, /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+\n$/u);
      }),
    );
  });

  const hostile = {
    'a forged line': '"}\n{"level":"info","message":"Certificate renewed"}',
    'a carriage return': 'over\rwritten',
    'a terminal sequence': '\u001b[2J\u009b2J',
    'a line separator': 'a\u2028b\u0085c',
    'reversed text': 'a\u202eb',
    'half a character': '\ud800',
  };
  for (const [name, value] of Object.entries(hostile)) {
    it(`escapes ${name}`, () => {
      const [line = ''] = written(1, (log) => log.info('x', { value }));
      assert.match(line, /^[\x20-\x7e]+\n$/);
      assert.equal((JSON.parse(line) as { value: string }).value, value);
    });
  }

  it('lets no field take the place of time, level or message', () => {
    const forged: LogFields = { time: 'never', level: 'debug', message: 'nothing happened', message2: 'kept' };
    const [line = ''] = written(1, (log) => log.error('x', forged));
    assert.deepEqual(JSON.parse(line), { time: '2026-03-04T05:06:07.089Z', level: 'error', message: 'x', message2: 'kept' });
  });

  it('cuts texts that no runtime would keep on one line', () => {
    const [line = ''] = written(1, (log) => log.info('x', { value: 'v'.repeat(100_000) }));
    assert.ok(line.length < 5_000);
  });
});
