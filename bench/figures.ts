/** One figure of a run, to be held against what it must reach. */
export interface Figure {
  /** Unique; what the figures of an earlier run are found by. */
  readonly name: string;
  readonly value: number;
  readonly unit: 'ms' | '× floor' | '× emptyDir' | 'ms/s' | 'MB' | 'calls' | 'volumes' | 'certificates' | 'rotations' | 'requests';
  /** What it may be at most. */
  readonly target?: number;
  /** What it was made of, such as the duration behind a ratio. */
  readonly detail?: string;
  /** Whether it says the same on any machine, so that it can be compared with that of another. */
  readonly isPortable: boolean;
}

/** By how much a figure may be worse than that of the run it is compared with. */
const TOLERANCE = 1.5;

/** Whether a figure is what it must be; one without a target always is. */
export function isReached({ value, target }: Figure): boolean {
  return target === undefined || value <= target;
}

/** The table of a run, and with `before` how each figure compares with it. */
export function formatFigures(figures: readonly Figure[], before: readonly Figure[] = []): string {
  const rows = figures.map((figure) => {
    const earlier = before.find(({ name }) => name === figure.name);
    return [
      figure.name,
      `${round(figure.value)} ${figure.unit}`,
      figure.target === undefined ? '' : `≤ ${figure.target}`,
      figure.target === undefined ? '' : isReached(figure) ? 'yes' : 'no',
      earlier === undefined ? '' : `${round(earlier.value)}`,
      figure.detail ?? '',
    ];
  });
  const heads = ['figure', 'measured', 'target', 'reached', 'before', 'of which'];
  return [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** The figures that are worse by half than those of an earlier run; only what can be compared between machines. */
export function regressions(figures: readonly Figure[], before: readonly Figure[]): readonly string[] {
  return figures.flatMap((figure) => {
    const earlier = before.find(({ name }) => name === figure.name);
    if (earlier === undefined || !figure.isPortable || figure.value <= earlier.value * TOLERANCE) return [];
    return [`${figure.name}: ${round(figure.value)} ${figure.unit}, before ${round(earlier.value)}`];
  });
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
