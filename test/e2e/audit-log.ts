import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { STATE } from '../cluster/folders.ts';

const FILE = join(STATE, 'logs', 'audit.log');
const DRIVER = 'system:serviceaccount:podcert-system:podcert';

/** A call of the driver, as the API server wrote it down (audit.k8s.io/v1, Event). */
export interface DriverCall {
  readonly verb: string;
  readonly resource: string;
  /** Absent where the call was for all namespaces. */
  readonly namespace?: string;
  readonly at: Date;
}

/** The calls that the driver has made since an instant, in the order in which they ended. Only the cluster of test/cluster lets us read them. */
export async function driverCallsSince(at: Date): Promise<DriverCall[]> {
  const calls: DriverCall[] = [];
  for await (const line of createInterface(createReadStream(FILE))) {
    const event = JSON.parse(line) as AuditEvent;
    // A watch is written down when it begins, and again when it ends.
    const isDriver = event.user.username === DRIVER && event.stage !== 'ResponseStarted';
    const receivedAt = new Date(event.requestReceivedTimestamp);
    if (!isDriver || receivedAt < at || event.objectRef === undefined) continue;
    calls.push({ verb: event.verb, at: receivedAt, ...event.objectRef });
  }
  return calls;
}

interface AuditEvent {
  readonly stage: string;
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly requestReceivedTimestamp: string;
  readonly objectRef?: { readonly resource: string; readonly namespace?: string };
}
