import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../node-agent/clock.ts';
import type { Level } from '../level.ts';

/** Beside a word that is coloured, for whoever does not see colours. */
export const SIGNS = { bad: '✖', warning: '▲', good: '✔' } as const satisfies Record<Level, string>;

const UNITS = [
  { unitMs: DAY_MS, name: 'd' },
  { unitMs: HOUR_MS, name: 'h' },
  { unitMs: MINUTE_MS, name: 'min' },
  { unitMs: 1_000, name: 's' },
] as const;

/** How long something takes, by its two largest units: `3 d 4 h`, `12 min 5 s`, `0 s`. */
export function lengthInWords(durationMs: number): string {
  const first = UNITS.findIndex(({ unitMs }) => durationMs >= unitMs);
  if (first === -1) return '0 s';
  let leftMs = durationMs;
  const words = UNITS.slice(first, first + 2).flatMap(({ unitMs, name }) => {
    const count = Math.floor(leftMs / unitMs);
    leftMs -= count * unitMs;
    return count === 0 ? [] : [`${count} ${name}`];
  });
  return words.join(' ');
}

/** `in 3 d 4 h`, `2 min ago`, `now`. */
export function whenInWords(at: Date, now: Date): string {
  const aheadMs = at.getTime() - now.getTime();
  if (Math.abs(aheadMs) < 1_000) return 'now';
  return aheadMs >= 0 ? `in ${lengthInWords(aheadMs)}` : `${lengthInWords(-aheadMs)} ago`;
}

/** `2026-03-01 10:00:00 UTC`. */
export function instantInWords(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
