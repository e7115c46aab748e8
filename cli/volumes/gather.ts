import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { Context, Terminal } from '../context.ts';
import { nodeAccess } from '../context.ts';
import { askNodes, type NodeOutcome } from '../nodes/ask-nodes.ts';
import { findDriverPods } from '../nodes/driver-pods.ts';
import type { DriverPod } from '../nodes/driver-pods.ts';
import { driversOf, type Selection } from './selection.ts';
import type { NodeVolume } from './volume.ts';

/** A node that could not be asked, in words. */
export interface UnreachableNode {
  readonly node: string;
  readonly why: string;
  readonly cure?: string;
}

/** Volumes of a selection, by node, and what is missing. */
export interface Gathered {
  readonly drivers: readonly DriverPod[];
  readonly volumes: readonly NodeVolume[];
  readonly unreachable: readonly UnreachableNode[];
}

/** Asks the nodes of a selection for its volumes. @throws {CliFailure} where no driver is to be found. */
export async function gatherVolumes(context: Context, selection: Selection, signal: AbortSignal): Promise<Gathered> {
  const { kubectl, values } = context;
  const all = await findDriverPods(kubectl, values.text('driver-namespace'), signal);
  const drivers = driversOf(selection, all, values.text('node'));
  const outcomes = await askNodes(nodeAccess(context), drivers, (client, _pod, until) => client.volumes(until), signal);
  const volumes = outcomes.flatMap((outcome) =>
    outcome.kind === 'answered' ? outcome.answer.volumes.map((volume) => ({ ...volume, node: outcome.pod.node })) : [],
  );
  return { drivers, volumes: volumes.filter((volume) => selection.includes(volume)), unreachable: unreachableOf(outcomes) };
}

/** The nodes among outcomes that could not be asked. */
export function unreachableOf(outcomes: readonly NodeOutcome<unknown>[]): readonly UnreachableNode[] {
  return outcomes.flatMap((outcome) => {
    if (outcome.kind === 'answered') return [];
    const { message, cure } = outcome.why;
    return [{ node: outcome.pod.node, why: message, ...(cure !== undefined && { cure }) }];
  });
}

/** Says which nodes are missing. @returns the exit status where some are, else the given one. */
export function tellUnreachable({ err, errPaint }: Terminal, unreachable: readonly UnreachableNode[], status: ExitStatus): ExitStatus {
  for (const { node, why, cure } of unreachable) {
    err(`${errPaint(`Node ${node} could not be asked`, 'bad')}: ${why}${cure === undefined ? '' : `; ${cure}`}\n`);
  }
  return unreachable.length > 0 ? EXIT.partial : status;
}
