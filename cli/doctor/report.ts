import type { Paint, Tone } from '../output/colour.ts';
import { safeText } from '../output/safe-text.ts';
import type { Finding } from './finding.ts';

const MARKS = {
  ok: { mark: '✔', tone: 'good' },
  warning: { mark: '!', tone: 'warning' },
  failed: { mark: '✘', tone: 'bad' },
  unknown: { mark: '?', tone: 'faint' },
} as const satisfies Record<Finding['outcome'], { readonly mark: string; readonly tone: Tone }>;

/** The findings for people: what is wrong each by itself with its cure, what is well on several nodes in one line. */
export function renderFindings(findings: readonly Finding[], paint: Paint): string {
  const lines = [...gathered(findings).values()].flatMap((group) => {
    const { outcome, name, finding, cure } = group[0];
    const { mark, tone } = MARKS[outcome];
    const more = group.length === 1 ? '' : ` (and alike on ${group.length - 1} more)`;
    const where = group[0].node === undefined ? '' : ` [${group[0].node}]`;
    const line = `${paint(mark, tone)} ${paint(safeText(`${name}${where}`), 'strong')}: ${safeText(finding)}${more}`;
    return cure === undefined ? [line] : [line, `    ${paint('cure:', 'faint')} ${safeText(cure)}`];
  });
  return `${[...lines, '', tally(findings)].join('\n')}\n`;
}

/** What is well is told once for all nodes, the rest as it comes. */
function gathered(findings: readonly Finding[]): ReadonlyMap<string, [Finding, ...Finding[]]> {
  const groups = new Map<string, [Finding, ...Finding[]]>();
  for (const [index, finding] of findings.entries()) {
    const key = finding.outcome === 'ok' && finding.node !== undefined ? finding.name : `#${index}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [finding]);
    else group.push(finding);
  }
  return groups;
}

function tally(findings: readonly Finding[]): string {
  const count = (outcome: Finding['outcome']) => findings.filter((finding) => finding.outcome === outcome).length;
  return `${count('ok')} well, ${count('warning')} to look at, ${count('failed')} wrong, ${count('unknown')} could not be looked at`;
}
