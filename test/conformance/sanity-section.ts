import type { SpecOutcome } from './sanity-report.ts';
import { whySkipped } from './skip-reasons.ts';

/** How many specs ended in which way, in words. */
export function summarize(outcomes: readonly SpecOutcome[]): string {
  const count = (state: SpecOutcome['state']) => outcomes.filter((outcome) => outcome.state === state).length;
  return `of ${outcomes.length} specs ${count('passed')} passed, ${count('failed')} failed and ${count('skipped')} do not apply`;
}

/** The Markdown of all outcomes: what passed, what failed, and what does not apply, by reason. @param about its first paragraph. */
export function describeOutcomes(about: string, outcomes: readonly SpecOutcome[]): string {
  const named = (state: SpecOutcome['state']) => outcomes.filter((outcome) => outcome.state === state);
  // gomega spreads a message over many lines, the first of which says the least.
  const failed = named('failed').map(({ name, message }) => `${name}: ${message.replaceAll(/\s+/g, ' ').slice(0, 300)}`);
  const skipped = Map.groupBy(named('skipped'), (outcome) => whySkipped(outcome) ?? `Nobody has said why: “${outcome.message}”`);
  const parts = [
    about,
    list(
      '### Passed',
      named('passed').map(({ name }) => name),
    ),
    failed.length === 0 ? undefined : list('### Failed', failed),
    '### Does not apply',
    ...[...skipped].map(([reason, specs]) =>
      list(
        `**${specs.length}**: ${reason}`,
        specs.map(({ name }) => name),
      ),
    ),
  ];
  return parts.filter((part) => part !== undefined).join('\n\n');
}

function list(heading: string, items: readonly string[]): string {
  // Names hold brackets, which would be links.
  return `${heading}\n\n${items.map((item) => `- ${item.replaceAll('[', '\\[')}`).join('\n')}`;
}
