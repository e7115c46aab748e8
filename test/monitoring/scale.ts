/** Values at which an axis is marked, from the lowest to the highest shown: two to six, at round numbers of what they are written in. */
export function axisOf(values: readonly number[], unit: string, min?: number): number[] {
  const [low, high] = [min ?? Math.min(0, ...values), Math.max(0, ...values)];
  const base = baseOf(Math.max(-low, high), unit);
  const step = base * roundUp((high - low || 1) / base / 4);
  const begin = Math.floor(low / step) * step;
  const count = Math.max(1, Math.ceil((high - begin) / step - 1e-9));
  return Array.from({ length: count + 1 }, (_, index) => Number((begin + index * step).toPrecision(12)));
}

/** One, two or five times a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= value) ?? 10);
}

/** A value as Grafana writes it in this unit, to three digits. */
export function formatValue(value: number, unit: string): string {
  const base = baseOf(Math.abs(value), unit);
  const digits = Number((value / base).toPrecision(3));
  switch (unit) {
    case 's':
      return `${digits} ${value === 0 ? 's' : SECONDS[base]}`;
    case 'percentunit':
      return `${digits} %`;
    case 'bytes':
      return `${digits} MiB`;
    case 'cps':
    case 'reqps':
      return `${digits}/s`;
    default:
      return `${digits}`;
  }
}

/** What durations are written in. */
const SECONDS: Readonly<Record<number, string>> = { 0.001: 'ms', 1: 's', 60: 'min', 3_600: 'h' };

/** How much one is, of what values of this size are written in. */
function baseOf(size: number, unit: string): number {
  if (unit === 'percentunit') return 0.01;
  if (unit === 'bytes') return 1_048_576;
  if (unit !== 's') return 1;
  if (size < 1) return 0.001;
  if (size < 120) return 1;
  return size < 7_200 ? 60 : 3_600;
}
