import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { formatPem, parsePem } from '../node-agent/pem.ts';

const one = formatPem('CERTIFICATE', Buffer.from('one'));
const two = formatPem('PRIVATE KEY', Buffer.from('two'));

describe('PEM text', () => {
  const read: { name: string; text: string; labels: readonly string[] }[] = [
    { name: 'two blocks', text: one + two, labels: ['CERTIFICATE', 'PRIVATE KEY'] },
    { name: 'nothing', text: '', labels: [] },
    { name: 'white space only', text: ' \n\r\n\t', labels: [] },
    { name: 'Windows line ends', text: one.replaceAll('\n', '\r\n'), labels: ['CERTIFICATE'] },
    { name: 'explanations before a block', text: `subject=a\n${one}\nissuer=b\n${one}`, labels: ['CERTIFICATE', 'CERTIFICATE'] },
    { name: 'no newline at the end', text: one.trimEnd(), labels: ['CERTIFICATE'] },
    { name: 'base64 in one long line', text: `-----BEGIN A-----\n${'QUJD'.repeat(1_000)}\n-----END A-----`, labels: ['A'] },
  ];
  for (const { name, text, labels } of read) {
    it(`is read with ${name}`, () => {
      const blocks = parsePem(text);
      assert.ok(!('fault' in blocks), JSON.stringify(blocks));
      assert.deepEqual(
        blocks.map(({ label }) => label),
        labels,
      );
    });
  }

  const refused: { name: string; text: string; fault: RegExp }[] = [
    { name: 'text after the last block', text: `${one}garbage`, fault: /follows the last block/ },
    { name: 'text and no block', text: 'garbage', fault: /no PEM block/ },
    { name: 'no end', text: one.replace(/\n-----END.*\n/, ''), fault: /has no "-----END CERTIFICATE-----"/ },
    { name: 'the end of another label', text: one.replace('END CERTIFICATE', 'END KEY'), fault: /line 3 is not base64/ },
    { name: 'a damaged boundary', text: one.replace('-----BEGIN', '----- BEGIN'), fault: /line 1 is no PEM boundary/ },
    { name: 'an end without a beginning', text: `${one}-----END CERTIFICATE-----\n`, fault: /line 4 is no PEM boundary/ },
    { name: 'a block without content', text: formatPem('A', Buffer.alloc(0)), fault: /ends on line 2 is not base64/ },
    { name: 'headers within a block', text: one.replace('\n', '\nProc-Type: 4,ENCRYPTED\n'), fault: /line 2 is not base64/ },
    { name: 'padding in the middle', text: one.replace('\nb25l', '\nbg==\nb25l'), fault: /is not base64/ },
    { name: 'a character missing', text: one.replace('b25l', 'b25'), fault: /is not base64/ },
  ];
  for (const { name, text, fault } of refused) {
    it(`is refused with ${name}`, () => {
      const result = parsePem(text);
      assert.ok('fault' in result);
      assert.match(result.fault, fault);
    });
  }

  it('comes back as it was written, whatever the bytes', () => {
    const blocks = fc.array(
      fc.record({ label: fc.constantFrom('CERTIFICATE', 'PRIVATE KEY'), der: fc.uint8Array({ minLength: 1, maxLength: 300 }) }),
    );
    fc.assert(
      fc.property(blocks, (written) => {
        const read = parsePem(written.map(({ label, der }) => formatPem(label, der)).join(''));
        assert.deepEqual(
          read,
          written.map(({ label, der }) => ({ label, der: Buffer.from(der) })),
        );
      }),
    );
  });

  it('never throws, whatever the text', () => {
    const line = fc.oneof(fc.constantFrom('-----BEGIN A-----', '-----END A-----', 'QUJD', 'QQ==', ''), fc.string());
    fc.assert(fc.property(fc.array(line), (lines) => void parsePem(lines.join('\n'))));
  });
});
