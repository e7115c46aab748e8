/** Durations in Go's notation, which pod specs and Kubernetes objects are written in (Go, package time, ParseDuration and Duration.String). */

/** The μ of Unicode comes as micro sign and as Greek letter. */
const NANOSECONDS = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

/** Go counts nanoseconds in 64 bits with a sign: about 292 years either way. */
const MAXIMUM_NS = 2n ** 63n - 1n;

/**
 * The milliseconds of a duration such as `1h30m`, `90s` or `1.5h`, possibly negative or fractional; units are ns us µs ms s m h.
 * @returns undefined for anything else: no unit, another unit (`d`), spaces, or more than 64 bits of nanoseconds.
 */
export function parseGoDuration(text: string): number | undefined {
  const [sign, rest] = /^[+-]/.test(text) ? [text[0], text.slice(1)] : ['+', text];
  if (rest === '0') return 0;
  if (rest === '') return undefined;
  // Two letters before one: `5ms` is not five minutes and an `s`. The μ by its numbers, so that the bundle is ASCII.
  const term = /(\d*)(?:\.(\d*))?(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/y;
  let totalNs = 0n;
  while (term.lastIndex < rest.length) {
    const match = term.exec(rest);
    const termNs = match === null ? undefined : termNanoseconds(match[1] ?? '', match[2] ?? '', match[3] as keyof typeof NANOSECONDS);
    if (termNs === undefined) return undefined;
    totalNs += termNs;
    if (totalNs > MAXIMUM_NS) return undefined;
  }
  // Divided apart: a whole number of milliseconds must come out whole, also beyond 2^53 ns, which is 104 days.
  const totalMs = Number(totalNs / NANOSECONDS.ms) + Number(totalNs % NANOSECONDS.ms) / 1e6;
  return sign === '-' ? -totalMs : totalMs;
}

function termNanoseconds(whole: string, fraction: string, unit: keyof typeof NANOSECONDS): bigint | undefined {
  if (whole === '' && fraction === '') return undefined;
  const digits = whole.replace(/^0+/, '');
  // 2^63 has 19 digits; a longer number need not be computed to be too large.
  if (digits.length > 19) return undefined;
  const decimals = fraction.slice(0, 18);
  return BigInt(digits) * NANOSECONDS[unit] + (BigInt(decimals) * NANOSECONDS[unit]) / 10n ** BigInt(decimals.length);
}

/** The duration as Go prints it: `2160h0m0s`, `1m30s`, `1.5s`, `250ms`, `0s`; to the nanosecond as far as a number of milliseconds holds one. */
export function formatGoDuration(durationMs: number): string {
  const wholeMs = Math.trunc(durationMs);
  const ns = BigInt(wholeMs) * NANOSECONDS.ms + BigInt(Math.round((durationMs - wholeMs) * 1e6));
  return ns < 0n ? `-${formatPositive(-ns)}` : formatPositive(ns);
}

function formatPositive(ns: bigint): string {
  if (ns === 0n) return '0s';
  if (ns < NANOSECONDS.us) return `${ns}ns`;
  if (ns < NANOSECONDS.ms) return `${decimal(ns, NANOSECONDS.us)}µs`;
  if (ns < NANOSECONDS.s) return `${decimal(ns, NANOSECONDS.ms)}ms`;
  const seconds = `${decimal(ns % NANOSECONDS.m, NANOSECONDS.s)}s`;
  if (ns < NANOSECONDS.m) return seconds;
  const minutes = `${(ns % NANOSECONDS.h) / NANOSECONDS.m}m${seconds}`;
  return ns < NANOSECONDS.h ? minutes : `${ns / NANOSECONDS.h}h${minutes}`;
}

/** `ns / unitNs` in decimal, without zeros at the end. */
function decimal(ns: bigint, unitNs: bigint): string {
  const places = unitNs.toString().length - 1;
  const fraction = (ns % unitNs).toString().padStart(places, '0').replace(/0+$/, '');
  return fraction === '' ? `${ns / unitNs}` : `${ns / unitNs}.${fraction}`;
}
