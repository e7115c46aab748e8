import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../clock.ts';

const UNITS = { d: DAY_MS, h: HOUR_MS, m: MINUTE_MS, s: SECOND_MS, ms: 1 } as const;

/** A duration such as `24h`, `1h30m`, `7d`, `90s` in milliseconds; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:d|h|ms|m|s))+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(d|h|ms|m|s)/g)];
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNITS[unit as keyof typeof UNITS], 0);
}

/** A span as kubectl shows ages: two units at most, the second only where the first is small. */
export function formatSpan(spanMs: number): string {
  const ms = Math.abs(spanMs);
  if (ms < 2 * MINUTE_MS) return `${Math.floor(ms / SECOND_MS)}s`;
  if (ms < 10 * MINUTE_MS) return two(ms, MINUTE_MS, 'm', SECOND_MS, 's');
  if (ms < 3 * HOUR_MS) return `${Math.floor(ms / MINUTE_MS)}m`;
  if (ms < 8 * HOUR_MS) return two(ms, HOUR_MS, 'h', MINUTE_MS, 'm');
  if (ms < 2 * DAY_MS) return `${Math.floor(ms / HOUR_MS)}h`;
  if (ms < 8 * DAY_MS) return two(ms, DAY_MS, 'd', HOUR_MS, 'h');
  return `${Math.floor(ms / DAY_MS)}d`;
}

/** `in 3h`, `2m ago`; empty for no instant, and the text itself for none that can be read. */
export function relativeTime(instant: string | undefined, now: Date): string {
  if (instant === undefined) return '';
  const ms = Date.parse(instant) - now.getTime();
  if (Number.isNaN(ms)) return instant;
  return ms >= 0 ? `in ${formatSpan(ms)}` : `${formatSpan(ms)} ago`;
}

/** `2026-03-01T10:00:00Z (in 3h)`; empty for no instant. */
export function absoluteTime(instant: string | undefined, now: Date): string {
  return instant === undefined ? '' : `${instant.replace(/\.\d+Z$/, 'Z')} (${relativeTime(instant, now)})`;
}

function two(ms: number, firstMs: number, first: string, secondMs: number, second: string): string {
  const rest = Math.floor((ms % firstMs) / secondMs);
  return `${Math.floor(ms / firstMs)}${first}${rest > 0 ? `${rest}${second}` : ''}`;
}
