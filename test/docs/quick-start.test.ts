import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ROOT } from './check/judge.ts';
import { parsePage } from './check/markdown.ts';
import { shownValidityMs, wantedValidityMs } from './shown-validity.ts';

describe('the quick start', () => {
  it('shows a certificate that lives as long as its pod asks for', () => {
    const text = readFileSync(join(ROOT, 'docs/quick-start.md'), 'utf8');
    const shown = parsePage('docs/quick-start.md', text).blocks.find((block) => block.text.includes('notAfter='))?.text ?? '';
    assert.equal(shownValidityMs(shown), wantedValidityMs(text));
  });
});
