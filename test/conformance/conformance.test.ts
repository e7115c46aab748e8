import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { VERSION } from '../../driver/version.ts';
import { withSection } from './conformance-page.ts';
import { CSI_SANITY } from './go-program.ts';
import { readSanityReport } from './sanity-report.ts';
import type { SpecOutcome } from './sanity-report.ts';
import { describeOutcomes, summarize } from './sanity-section.ts';
import { whySkipped } from './skip-reasons.ts';

/** What ginkgo writes of one spec, as far as it is read. */
function leaf(state: string, text: string, message?: string): object {
  const failure = message === undefined ? {} : { Failure: { Message: message } };
  return { ContainerHierarchyTexts: ['Node Service', 'NodeX'], LeafNodeType: 'It', LeafNodeText: text, State: state, ...failure };
}

function report(...leaves: readonly object[]): string {
  return JSON.stringify([{ SpecReports: leaves }]);
}

describe('readSanityReport', () => {
  for (const { state, is } of [
    { state: 'passed', is: 'passed' },
    { state: 'skipped', is: 'skipped' },
    { state: 'pending', is: 'skipped' },
    { state: 'failed', is: 'failed' },
    { state: 'panicked', is: 'failed' },
    { state: 'timedout', is: 'failed' },
    { state: 'interrupted', is: 'failed' },
  ]) {
    it(`takes a spec that is ${state} for one that ${is}`, () => {
      assert.deepEqual(readSanityReport(report(leaf(state, 'works', 'why'))), [
        { name: 'Node Service NodeX works', state: is, message: 'why' },
      ]);
    });
  }

  it('sorts by name, and has the same order whatever the seed', () => {
    const leaves = ['b', 'a', 'c'].map((text) => leaf('passed', text));
    assert.deepEqual(readSanityReport(report(...leaves)), readSanityReport(report(...leaves.toReversed())));
    assert.deepEqual(
      readSanityReport(report(...leaves)).map(({ name }) => name.at(-1)),
      ['a', 'b', 'c'],
    );
  });

  it('counts what is done before and after all specs only where it fails', () => {
    const outside = { ContainerHierarchyTexts: null, LeafNodeType: 'BeforeSuite', LeafNodeText: '' };
    assert.deepEqual(readSanityReport(report({ ...outside, State: 'passed' })), []);
    assert.deepEqual(readSanityReport(report({ ...outside, State: 'failed', Failure: { Message: 'no' } })), [
      { name: 'BeforeSuite', state: 'failed', message: 'no' },
    ]);
  });
});

const OUTCOMES: readonly SpecOutcome[] = [
  { name: 'Node Service a', state: 'passed', message: '' },
  { name: 'Node Service b', state: 'skipped', message: 'NodeStageVolume not supported' },
  { name: 'Node Service c', state: 'skipped', message: 'NodeUnstageVolume not supported' },
  { name: 'Node Service d', state: 'skipped', message: 'the moon is full' },
  { name: 'X [Controller Server] e', state: 'skipped', message: '' },
];

describe('describeOutcomes', () => {
  it('lists every spec, those that do not apply under one reason each', () => {
    const text = describeOutcomes('About.', OUTCOMES);
    assert.match(text, /^About\.\n\n### Passed\n\n- Node Service a\n\n### Does not apply\n\n/);
    assert.match(text, /\*\*2\*\*: STAGE_UNSTAGE_VOLUME .+\n\n- Node Service b\n- Node Service c\n/);
    assert.match(text, /\*\*1\*\*: The driver has no Controller service.+\n\n- X \\\[Controller Server\] e$/);
    assert.match(text, /\*\*1\*\*: Nobody has said why: “the moon is full”\n\n- Node Service d\n/);
  });

  it('shows what failed with the reason in one line', () => {
    const failed = { name: 'Node Service f', state: 'failed', message: 'Expected\n    <int>: 1' } as const;
    assert.match(
      describeOutcomes('', [...OUTCOMES, failed]),
      /\n### Failed\n\n- Node Service f: Expected <int>: 1\n\n### Does not apply\n/,
    );
  });

  it('counts in one sentence', () => {
    assert.equal(summarize(OUTCOMES), 'of 5 specs 1 passed, 0 failed and 4 do not apply');
  });
});

describe('whySkipped', () => {
  it('knows no reason for words it has not been told about', () => {
    assert.deepEqual(
      OUTCOMES.map((outcome) => whySkipped(outcome) !== undefined),
      [false, true, true, false, true],
    );
  });
});

describe('withSection', () => {
  const page = withSection(withSection('', 'one', 'first'), 'two', 'second');

  it('begins a page', () => {
    assert.match(withSection('', 'one', 'first'), /^# Conformance\n\n.+\n\n## one\n\nfirst\n$/);
  });

  it('replaces its own section and leaves the others as they are', () => {
    assert.equal(withSection(page, 'one', 'new'), page.replace('first', 'new'));
    assert.equal(withSection(page, 'two', '### heading\n\nnew'), page.replace('second', '### heading\n\nnew'));
    assert.equal(withSection(page, 'one', 'first'), page);
  });
});

describe('docs/conformance.md', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/conformance.md'), 'utf8');

  it('is about this version of the driver and of csi-sanity', () => {
    assert.ok(page.includes(`driver process (version ${VERSION})`));
    assert.ok(page.includes(`**csi-sanity ${CSI_SANITY.version}: `));
  });

  it('lists no failure, and a reason for all that does not apply', () => {
    assert.doesNotMatch(page, /### Failed|Nobody has said why/);
  });
});
