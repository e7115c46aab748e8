import type { Figure } from '../figures.ts';
import { percentile } from '../statistics.ts';

/** What came of a run. */
export interface Outcome {
  readonly volumes: number;
  /** While it was read and the processor measured. */
  readonly read: {
    readonly looks: number;
    readonly expired: number;
    readonly mismatched: number;
    /** In milliseconds, one for each rotation that was seen. */
    readonly latenesses: readonly number[];
    readonly renewed: number;
    readonly cpuMs: number;
  };
  /** From the driver's start until no rotation was under way, the publishes of the volumes included. */
  readonly whole: {
    readonly renewed: number;
    readonly failed: number;
    /** Requests that nobody had signed in the end. */
    readonly pending: number;
    /** Calls of the API by verb. */
    readonly calls: ReadonlyMap<string, number>;
  };
}

/** What must hold of rotations, and what they cost. */
export function figuresOf({ volumes, read, whole }: Outcome): readonly Figure[] {
  const [created, deleted] = ['create', 'delete'].map((verb) => whole.calls.get(verb) ?? 0) as [number, number];
  const calls = [...whole.calls].map(([verb, count]) => `${count} ${verb}`).join(', ');
  const detail = `${calls} for ${volumes} publishes, ${whole.renewed} rotations, ${whole.pending} begun`;
  const late = (share: number) => percentile(read.latenesses, share);
  return [
    { name: 'certificates seen expired', value: read.expired, ...none('certificates'), detail: `${read.looks} looks` },
    { name: 'certificates seen with another key', value: read.mismatched, ...none('certificates') },
    { name: 'rotations that failed', value: whole.failed, ...none('rotations') },
    {
      name: 'requests a rotation',
      value: (created - volumes - whole.pending) / whole.renewed,
      unit: 'calls',
      target: 1,
      detail,
      isPortable: true,
    },
    { name: 'deletions a rotation', value: deleted / whole.renewed, unit: 'calls', target: 1, isPortable: true },
    { name: 'requests left beside one a volume', value: created - deleted - volumes - whole.pending, ...none('requests') },
    { name: 'rotations, later than planned, p50', value: late(0.5), unit: 'ms', isPortable: false },
    {
      name: 'rotations, later than planned, p99',
      value: late(0.99),
      unit: 'ms',
      detail: `at most ${late(1).toFixed(0)} ms`,
      isPortable: false,
    },
    {
      name: 'processor a rotation',
      value: read.cpuMs / read.renewed,
      unit: 'ms',
      detail: `${read.renewed} rotations`,
      isPortable: false,
    },
  ];
}

function none(unit: Figure['unit']): Pick<Figure, 'unit' | 'target' | 'isPortable'> {
  return { unit, target: 0, isPortable: true };
}
