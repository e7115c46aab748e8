/** What the driver's log says of its renewals. */
export interface RenewalLog {
  /** When each certificate is to be renewed, by its serial. */
  readonly plans: ReadonlyMap<string, Date>;
  readonly renewed: number;
  readonly failed: number;
}

interface Line {
  readonly message: string;
  readonly serial?: string;
  readonly renewAt?: string;
}

/** Reads the lines of a log of level 2, which has the first certificate of each volume too. */
export function readRenewals(lines: readonly string[]): RenewalLog {
  const plans = new Map<string, Date>();
  let [renewed, failed] = [0, 0];
  // Node.js itself may write a line as well.
  for (const line of lines.filter((line) => line.startsWith('{'))) {
    const { message, serial, renewAt } = JSON.parse(line) as Line;
    if (serial !== undefined && renewAt !== undefined) plans.set(serial, new Date(renewAt));
    if (message === 'Certificate renewed') renewed += 1;
    if (message.startsWith('Renewal failed')) failed += 1;
  }
  return { plans, renewed, failed };
}
