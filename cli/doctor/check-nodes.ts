import { SECOND_MS } from '../clock.ts';
import type { ChecksAnswer, NodeAnswer } from '../../driver/admin/answers.ts';
import type { NodeOutcome } from '../nodes/ask-nodes.ts';
import { formatSpan } from '../output/time.ts';
import { isInTrouble } from '../volumes/volume.ts';
import { failed, ok, warning, type Finding } from './finding.ts';

/** What a node says of itself, and how far its clock is from ours. */
export interface NodeReport {
  readonly checks: ChecksAnswer;
  readonly volumes: NodeAnswer;
  /** How much its clock is ahead, give or take half of what the answer took. */
  readonly aheadMs: number;
  readonly tookMs: number;
}

const CLOCK = { warnMs: 5 * SECOND_MS, failMs: 60 * SECOND_MS };

/** What each node found, its clock, and the nodes that said nothing. */
export function checkNodes(outcomes: readonly NodeOutcome<NodeReport>[]): readonly Finding[] {
  return outcomes.flatMap((outcome) => {
    const { node } = outcome.pod;
    if (outcome.kind === 'unreachable') {
      const { message, cure = 'kubectl podcert doctor --node-timeout 60s gives it longer' } = outcome.why;
      return [{ ...failed('admin-listener', `Node "${node}" could not be asked: ${message}`, cure), node }];
    }
    const { checks } = outcome.answer.checks;
    return [ok('admin-listener', `Node "${node}" answers`), ...checks, checkClock(outcome.answer), checkVolumes(outcome.answer)].map(
      (finding) => ({
        ...finding,
        node,
      }),
    );
  });
}

function checkClock({ aheadMs, tookMs }: NodeReport): Finding {
  const name = 'clock-here';
  // What the answer took could lie all before or all behind the moment that it tells.
  const surelyMs = Math.max(0, Math.abs(aheadMs) - tookMs / 2);
  const what = `Its clock is ${formatSpan(aheadMs)} ${aheadMs >= 0 ? 'ahead of' : 'behind'} the one here`;
  if (surelyMs < CLOCK.warnMs) return ok(name, 'Its clock agrees with the one here');
  const cure = 'look at the time service of the node, and at the one here: certificates are judged by the clock';
  return (surelyMs < CLOCK.failMs ? warning : failed)(name, what, cure);
}

function checkVolumes({ volumes: { volumes } }: NodeReport): Finding {
  const name = 'volumes';
  const bad = volumes.filter(isInTrouble).length;
  if (bad === 0) return ok(name, `All of its volumes are well (${volumes.length})`);
  return warning(
    name,
    `${bad} of its ${volumes.length} volumes are not well`,
    'kubectl podcert list --unhealthy -o wide says which, and why',
  );
}
