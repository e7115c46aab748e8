import type { Figure } from '../figures.ts';
import { median } from '../statistics.ts';

/** One round: milliseconds until all pods were Ready. */
export interface Round {
  readonly certificate: number;
  readonly nothing: number;
}

/** The median over the rounds of how much longer pods with certificates took: each round has its own ratio, since machines change over the rounds. */
export function figureOf(name: string, rounds: readonly Round[]): Figure {
  const seconds = ({ certificate, nothing }: Round) => `${(certificate / 1_000).toFixed(1)} s ÷ ${(nothing / 1_000).toFixed(1)} s`;
  return {
    name,
    value: median(rounds.map(({ certificate, nothing }) => certificate / nothing)),
    unit: '× emptyDir',
    target: 1.3,
    detail: rounds.map(seconds).join(', '),
    isPortable: true,
  };
}
