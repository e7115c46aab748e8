import type { Terminal } from '../context.ts';
import { safeText } from '../output/safe-text.ts';
import { createStatusLine } from '../output/status-line.ts';
import type { RenewalOutcome } from './renew-on-node.ts';
import { nameOf, type NodeVolume } from './volume.ts';

/** Tells how renewals go: a line for each that ended, and on a terminal how many are left. */
export interface RenewalProgress {
  readonly tell: (volume: NodeVolume, outcome: RenewalOutcome) => void;
  /** Takes the line that is written over and over off the terminal. */
  readonly clear: () => void;
  summarize(isWaiting: boolean): void;
  hasFailures(): boolean;
}

export function createProgress(terminal: Terminal, total: number): RenewalProgress {
  const { out, err, paint, errPaint } = terminal;
  const { show: say, clear } = createStatusLine(terminal);
  const counts = { asked: 0, renewed: 0, failed: 0 };
  const show = () => {
    const done = counts.asked + counts.renewed + counts.failed;
    if (done < total) say(`${done} of ${total} done${counts.failed > 0 ? `, ${counts.failed} failed` : ''}…`);
  };
  show();
  return {
    tell(volume, outcome) {
      counts[outcome.kind] += 1;
      clear();
      if (outcome.kind === 'failed') err(`${nameOf(volume)} ${errPaint('not renewed', 'bad')}: ${safeText(outcome.why)}\n`);
      else out(`${nameOf(volume)} ${paint(wordsOf(outcome), 'good')}\n`);
      show();
    },
    clear,
    summarize(isWaiting) {
      if (total < 2) return;
      err(`${isWaiting ? counts.renewed : counts.asked} of ${total} ${isWaiting ? 'renewed' : 'will be renewed'}\n`);
    },
    hasFailures: () => counts.failed > 0,
  };
}

function wordsOf(outcome: Exclude<RenewalOutcome, { kind: 'failed' }>): string {
  if (outcome.kind === 'asked') return 'will be renewed';
  return `renewed, set ${outcome.generation ?? '-'}, expires ${safeText(outcome.notAfterAt ?? 'unknown')}`;
}
