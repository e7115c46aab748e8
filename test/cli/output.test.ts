import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { load } from 'js-yaml';
import { paintFor } from '../../cli/output/colour.ts';
import { safeJson, safeText } from '../../cli/output/safe-text.ts';
import { renderTable } from '../../cli/output/table.ts';
import { absoluteTime, formatSpan, parseDuration, relativeTime } from '../../cli/output/time.ts';
import { toYaml } from '../../cli/output/yaml.ts';

const NOW = new Date('2026-03-01T10:00:00.000Z');
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
/** Texts of any characters, those among them that matter to terminals and to YAML. */
const texts = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom(
      '\u001B',
      '\u009B',
      '\u202E',
      '\u2028',
      '\n',
      '\t',
      '"',
      "'",
      ':',
      '#',
      '-',
      ' ',
      '~',
      '0',
      'e',
      '\\',
      '\u{E0001}',
    ),
  }),
  fc.constantFrom(
    'yes',
    'No',
    'null',
    '~',
    '1e3',
    '0x1f',
    '1_000',
    '.inf',
    '2026-03-01',
    'a: b',
    '- a',
    '',
    ' a',
    'a ',
    '!x',
    '&x',
    '*x',
    '%x',
    '@x',
    '`x',
    '|',
    '>',
    '<<',
    '=',
    '12:30',
    '---',
  ),
);

describe('text for a terminal', () => {
  it('never holds a character that a terminal acts on', () => {
    fc.assert(fc.property(texts, (text) => assert.doesNotMatch(safeText(text), UNSAFE)));
  });

  it('keeps what can be seen', () => assert.equal(safeText('spiffe://a/ü 日本 "x" \\'), 'spiffe://a/ü 日本 "x" \\'));

  it('is still the same value as JSON', () => {
    fc.assert(
      fc.property(fc.dictionary(texts, fc.array(texts)), (value) => {
        const json = safeJson(value);
        assert.deepEqual(JSON.parse(json), { ...value });
        for (const line of json.split('\n')) assert.doesNotMatch(line, UNSAFE);
      }),
    );
  });
});

describe('YAML', () => {
  const leaves = fc.oneof(texts, fc.integer(), fc.boolean(), fc.constant(null));
  const { value: values } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      leaves,
      fc.array(tie('value')),
      fc.dictionary(
        texts.filter((key) => key !== '__proto__'),
        tie('value'),
      ),
    ),
  }));

  it('is read back as the same value by another reader', () => {
    fc.assert(fc.property(values, (value) => assert.deepEqual(load(toYaml(value)), JSON.parse(JSON.stringify(value)))));
  });

  it('is written as people write it', () => {
    const value = { kind: 'List', items: [{ name: 'a', files: [], more: undefined, at: { is: true } }, 'x y', ['a', 1]] };
    const lines = [
      'kind: List',
      'items:',
      '  - name: a',
      '    files: []',
      '    at:',
      '      is: true',
      '  - x y',
      '  - - a',
      '    - 1',
      '',
    ];
    assert.equal(toYaml(value), lines.join('\n'));
  });
});

describe('a table', () => {
  const plain = paintFor(false, {});

  it('has columns as wide as what is in them, and a dash for nothing', () => {
    const rows = [
      [{ text: 'a' }, { text: 'long name' }, { text: 'x' }],
      [{ text: 'bb' }, { text: '' }, { text: 'y' }],
    ];
    assert.equal(renderTable(['N', 'NAME', 'Z'], rows, plain), 'N    NAME        Z\na    long name   x\nbb   -           y\n');
  });

  it('stays in line where there are colours', () => {
    const rows = [[{ text: 'bad', tone: 'bad' as const }, { text: 'x' }]];
    assert.equal(renderTable(['STATE', 'Z'], rows, paintFor(true, {})), 'STATE   Z\n\u001B[31mbad\u001B[0m     x\n');
  });

  for (const { name, isTerminal, environment } of [
    { name: 'no terminal', isTerminal: false, environment: {} },
    { name: 'NO_COLOR', isTerminal: true, environment: { NO_COLOR: '1' } },
    { name: 'a dumb terminal', isTerminal: true, environment: { TERM: 'dumb' } },
  ]) {
    it(`has no colours where there is ${name}`, () => assert.equal(paintFor(isTerminal, environment)('x', 'bad'), 'x'));
  }
});

describe('times', () => {
  for (const [text, ms] of [
    ['24h', 86_400_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['7d', 604_800_000],
    ['90s', 90_000],
    ['250ms', 250],
    ['24', undefined],
    ['-1h', undefined],
    ['1h 30m', undefined],
    ['', undefined],
  ] as const) {
    it(`reads ${JSON.stringify(text)} as ${ms}`, () => assert.equal(parseDuration(text), ms));
  }

  for (const [ms, text] of [
    [0, '0s'],
    [119_999, '119s'],
    [150_000, '2m30s'],
    [600_000, '10m'],
    [4 * 3_600_000, '4h'],
    [7.5 * 3_600_000, '7h30m'],
    [47.9 * 3_600_000, '47h'],
    [52 * 3_600_000, '2d4h'],
    [90 * 86_400_000, '90d'],
  ] as const) {
    it(`shows ${ms} ms as ${text}`, () => assert.equal(formatSpan(ms), text));
  }

  it('are told from now, and by the clock', () => {
    assert.equal(relativeTime('2026-03-01T13:00:00.000Z', NOW), 'in 3h');
    assert.equal(relativeTime('2026-03-01T09:58:00.000Z', NOW), '2m ago');
    assert.equal(absoluteTime('2026-03-01T13:00:00.000Z', NOW), '2026-03-01T13:00:00Z (in 3h)');
    assert.deepEqual([relativeTime(undefined, NOW), relativeTime('never', NOW)], ['', 'never']);
  });
});
