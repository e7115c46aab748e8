/** Nothing has so many operations: a sweep that does not come to an end stops here. */
const MOST_OPERATIONS = 200;

/**
 * Lets something go wrong at operation 1, 2, … until nothing does any more, because there are no more operations: so a step
 * that is new is struck unasked.
 * @param strike says whether the fault struck.
 * @returns how often it did.
 */
export async function sweep(strike: (at: number) => Promise<boolean>): Promise<number> {
  for (let at = 1; at <= MOST_OPERATIONS; at += 1) {
    if (!(await strike(at))) return at - 1;
  }
  throw new Error(`Operation ${MOST_OPERATIONS} was struck too`);
}
