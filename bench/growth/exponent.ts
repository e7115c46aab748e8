/** One measurement: so much of a quantity at so many volumes. */
export interface Point {
  readonly volumes: number;
  readonly value: number;
}

/**
 * The exponent by which a quantity grows with the number of volumes: the slope of the straight line that fits its logarithms best (least
 * squares). 0 is constant, 1 linear. What is constant beside it makes it smaller: use it where the whole must not grow.
 */
export function exponentOf(points: readonly Point[]): number {
  const places = points.map(({ volumes, value }) => [Math.log(volumes), Math.log(value)] as const);
  const meanX = mean(places.map(([x]) => x));
  const meanY = mean(places.map(([, y]) => y));
  const covariance = mean(places.map(([x, y]) => (x - meanX) * (y - meanY)));
  return covariance / mean(places.map(([x]) => (x - meanX) ** 2));
}

/**
 * The exponent of what volumes cost: the same of what was added since the smallest size, volumes and quantity, so that what the process
 * takes without them does not hide it. What was added counts as `resolution` at least: less than that is chance, and has no logarithm.
 */
export function addedExponentOf(points: readonly Point[], resolution: number): number {
  const [first, ...others] = points;
  if (first === undefined) throw new RangeError('Nothing was measured');
  return exponentOf(
    others.map(({ volumes, value }) => ({ volumes: volumes - first.volumes, value: Math.max(resolution, value - first.value) })),
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
