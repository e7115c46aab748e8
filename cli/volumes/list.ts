import { HOUR_MS } from '../clock.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { Cell } from '../output/table.ts';
import { renderTable } from '../output/table.ts';
import { safeJson } from '../output/safe-text.ts';
import { relativeTime } from '../output/time.ts';
import { toYaml } from '../output/yaml.ts';
import type { Values } from '../values.ts';
import { gatherVolumes, tellUnreachable } from './gather.ts';
import { readSelection } from './selection.ts';
import { isInTrouble, issuerOf, nameOf, stateOf, troubleOf, type NodeVolume } from './volume.ts';

/** `kubectl podcert list`. */
export async function list(context: Context, signal: AbortSignal): Promise<ExitStatus> {
  const { values, terminal, clock } = context;
  const narrow = narrowing(values, clock.now());
  const { volumes, unreachable } = await gatherVolumes(context, await readSelection(context, signal), signal);
  const found = sorted(volumes.filter(narrow), values.text('sort-by') ?? 'name');
  terminal.out(render(context, found, unreachable));
  const isWanted = values.isSet('exit-code') && found.length > 0;
  return tellUnreachable(terminal, unreachable, isWanted ? EXIT.found : EXIT.done);
}

/** What `--expiring` and `--unhealthy` leave; where both are given, what either of them names. @throws {UsageFailure} */
export function narrowing(values: Values, now: Date): (volume: NodeVolume) => boolean {
  const withinMs = values.duration('expiring');
  const isUnhealthyWanted = values.isSet('unhealthy');
  if (withinMs === undefined && !isUnhealthyWanted) return () => true;
  return (volume) =>
    (withinMs !== undefined && volume.notAfterAt !== undefined && Date.parse(volume.notAfterAt) <= now.getTime() + withinMs) ||
    (isUnhealthyWanted && isInTrouble(volume));
}

const KEYS = {
  name: nameOf,
  namespace: ({ pod }) => pod?.namespace ?? '',
  node: ({ node }) => node,
  issuer: issuerOf,
  state: (volume) => stateOf(volume).word,
  // What has no such instant comes first: it has no certificate.
  expires: ({ notAfterAt }) => notAfterAt ?? '',
  renews: ({ renewAt }) => renewAt ?? '',
} as const satisfies Record<string, (volume: NodeVolume) => string>;

/** What `--sort-by` takes. */
export const SORT_KEYS = Object.keys(KEYS);

/** By a key, then by name. */
export function sorted(volumes: readonly NodeVolume[], key: string): readonly NodeVolume[] {
  const keyOf = KEYS[key as keyof typeof KEYS];
  return volumes.toSorted((one, other) => compare(keyOf(one), keyOf(other)) || compare(nameOf(one), nameOf(other)));
}

/** By code units: what sorts instants of one form, and the same on every machine. */
function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

function render({ values, terminal, clock }: Context, volumes: readonly NodeVolume[], unreachable: object): string {
  const output = values.text('output') ?? 'table';
  switch (output) {
    case 'json':
      return `${safeJson({ at: clock.now().toISOString(), volumes, unreachable })}\n`;
    case 'yaml':
      return toYaml({ at: clock.now().toISOString(), volumes, unreachable });
    case 'name':
      return volumes.map((volume) => `${nameOf(volume)}\n`).join('');
    default: {
      if (volumes.length === 0) return 'No volumes found.\n';
      const columns = output === 'wide' ? [...COLUMNS, ...WIDE_COLUMNS] : COLUMNS;
      const rows = volumes.map((volume) => columns.map(({ cell }) => cell(volume, clock.now())));
      return renderTable(
        columns.map(({ heading }) => heading),
        rows,
        terminal.paint,
      );
    }
  }
}

interface Column {
  readonly heading: string;
  readonly cell: (volume: NodeVolume, now: Date) => Cell;
}

const COLUMNS: readonly Column[] = [
  { heading: 'NAMESPACE', cell: ({ pod }) => ({ text: pod?.namespace ?? '' }) },
  { heading: 'POD', cell: ({ pod }) => ({ text: pod?.name ?? '' }) },
  { heading: 'VOLUME', cell: ({ volume }) => ({ text: volume }) },
  { heading: 'ISSUER', cell: (volume) => ({ text: issuerOf(volume) }) },
  { heading: 'NAMES', cell: ({ names }) => ({ text: shortNames(names) }) },
  { heading: 'EXPIRES', cell: ({ notAfterAt }, now) => ({ text: relativeTime(notAfterAt, now), ...expiryTone(notAfterAt, now) }) },
  { heading: 'RENEWS', cell: ({ renewAt }, now) => ({ text: relativeTime(renewAt, now) }) },
  {
    heading: 'STATE',
    cell(volume) {
      const { word, tone } = stateOf(volume);
      return { text: word, tone };
    },
  },
];

const WIDE_COLUMNS: readonly Column[] = [
  { heading: 'NODE', cell: ({ node }) => ({ text: node }) },
  { heading: 'SET', cell: ({ generation }) => ({ text: String(generation ?? '') }) },
  { heading: 'RECEIVED', cell: ({ receivedAt }, now) => ({ text: relativeTime(receivedAt, now) }) },
  { heading: 'ALL NAMES', cell: ({ names }) => ({ text: names.join(',') }) },
  { heading: 'WHY', cell: (volume) => ({ text: troubleOf(volume) }) },
];

/** The first name, and how many more there are. */
function shortNames(names: readonly string[]): string {
  const [first = '', ...more] = names;
  return more.length === 0 ? first : `${first} +${more.length}`;
}

function expiryTone(notAfterAt: string | undefined, now: Date): Pick<Cell, 'tone'> {
  if (notAfterAt === undefined) return {};
  const leftMs = Date.parse(notAfterAt) - now.getTime();
  if (leftMs <= 0) return { tone: 'bad' };
  return leftMs < HOUR_MS / 12 ? { tone: 'warning' } : {};
}
