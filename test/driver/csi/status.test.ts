import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { boundedMessage } from '../../../driver/csi/status.ts';
import { UNSAFE } from '../../../driver/report/unsafe-characters.ts';

describe('a status message', () => {
  it('is kept as it is when it fits', () => {
    const visible = fc.string({ unit: 'grapheme', maxLength: 100 }).map((text) => text.replace(UNSAFE, ''));
    fc.assert(
      fc.property(visible, (text) => {
        assert.equal(boundedMessage(text), text);
      }),
    );
  });

  it('shows what a terminal would act on, since kubelet makes an event of it', () => {
    assert.equal(boundedMessage('"tls\u202eyek.\u2069"\u009b2J\n'), '"tls\\u202eyek.\\u2069"\\u009b2J\\u000a');
  });

  it('never takes more than 4 KiB as gRPC encodes it, nor breaks the encoding', () => {
    const part = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\ud800', '\udfff', '😀', 'é', '%', '\n'));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), fc.integer({ min: 1, max: 5_000 }), (parts, times) => {
        const text = parts.join('').repeat(times).slice(0, 20_000);
        assert.ok(encodeURI(boundedMessage(text)).length <= 4_096);
      }),
    );
  });

  it('ends in an ellipsis where it was cut, and not within a character', () => {
    assert.match(boundedMessage('😀'.repeat(5_000)), /^(?:😀)+…$/u);
    assert.match(boundedMessage('x'.repeat(5_000)), /^x{4087}…$/);
  });
});
