/** The value below which a share of the values lies, by the nearest rank: `percentile(values, 0.99)`. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new Error('There is no percentile of nothing');
  return value;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** How long each of the acts took, in milliseconds, one after another. */
export async function timeOneByOne(acts: readonly (() => Promise<unknown>)[]): Promise<number[]> {
  const durations: number[] = [];
  for (const act of acts) durations.push(await time(act));
  return durations;
}

/** The same with all of them at once, or at most so many. */
export async function timeAtOnce(acts: readonly (() => Promise<unknown>)[], most: number = acts.length): Promise<number[]> {
  const durations: number[] = [];
  const waiting = [...acts];
  const work = async () => {
    for (let act = waiting.shift(); act !== undefined; act = waiting.shift()) durations.push(await time(act));
  };
  await Promise.all(Array.from({ length: most }, work));
  return durations;
}

async function time(act: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await act();
  return performance.now() - startMs;
}
