import type { Context } from '../context.ts';
import { nodeAccess } from '../context.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import { CliFailure, UsageFailure } from '../failure.ts';
import { askNodes } from '../nodes/ask-nodes.ts';
import { findDriverPods } from '../nodes/driver-pods.ts';
import type { NodeClient } from '../nodes/node-client.ts';
import { safeJson } from '../output/safe-text.ts';
import { toYaml } from '../output/yaml.ts';
import { tellUnreachable, unreachableOf } from './gather.ts';
import { describeVolume } from './describe.ts';
import { driversOf, selectPod, type Selection } from './selection.ts';
import type { InspectedVolume } from './volume.ts';

/** `kubectl podcert inspect POD`. */
export async function inspect(context: Context, signal: AbortSignal): Promise<ExitStatus> {
  const { words, values, terminal, clock } = context;
  const name = podNamed(words, 'inspect');
  const selection = await selectPod(context, name, signal);
  const drivers = driversOf(selection, await findDriverPods(context.kubectl, values.text('driver-namespace'), signal));
  const outcomes = await askNodes(
    nodeAccess(context),
    drivers,
    (client, { node }, until) => detailsOf(client, node, selection, until),
    signal,
  );
  const volumes = outcomes.flatMap((outcome) => (outcome.kind === 'answered' ? outcome.answer : []));
  const unreachable = unreachableOf(outcomes);
  const status = tellUnreachable(terminal, unreachable, EXIT.done);
  // Where a node is missing, nobody knows whether it has one.
  if (volumes.length === 0 && unreachable.length === 0) throw noVolume(selection, name, drivers.length);
  switch (values.text('output')) {
    case 'json':
      terminal.out(`${safeJson({ at: clock.now().toISOString(), volumes, unreachable })}\n`);
      break;
    case 'yaml':
      terminal.out(toYaml({ at: clock.now().toISOString(), volumes, unreachable }));
      break;
    default:
      if (volumes.length > 0) terminal.out(volumes.map((volume) => describeVolume(volume, clock.now(), terminal.paint)).join('\n'));
  }
  return status;
}

/** The one word of a command line that names a pod, as `POD` or `pod/POD`. @throws {UsageFailure} */
export function podNamed(words: readonly string[], command: string): string {
  const [word, ...more] = words;
  if (word === undefined || more.length > 0)
    throw new UsageFailure(`"${command}" takes one pod, not ${words.length}`, `kubectl podcert ${command} POD -n NAMESPACE`);
  return word.replace(/^pods?\//, '');
}

/** What there is to say where no node knows a volume of a pod. */
export function noVolume({ namespace, nodes }: Selection & { readonly namespace: string }, pod: string, drivers: number): CliFailure {
  const what = `No node knows a volume of pod "${namespace}/${pod}"`;
  if (nodes?.size === 0) return new CliFailure(`${what}: it is on no node yet`, `kubectl -n ${namespace} describe pod ${pod}`);
  if (nodes !== undefined && drivers === 0)
    return new CliFailure(
      `${what}: no driver runs on its node "${[...nodes].join()}"`,
      'kubectl podcert doctor says what is wrong with the drivers',
    );
  return new CliFailure(what, 'look whether its spec has a csi volume of the driver, whether -n is right, and what its events say');
}

async function detailsOf(client: NodeClient, node: string, selection: Selection, signal: AbortSignal): Promise<readonly InspectedVolume[]> {
  const { volumes } = await client.volumes(signal);
  const details: InspectedVolume[] = [];
  for (const volume of volumes) {
    const detail = selection.includes({ ...volume, node }) ? await client.volume(volume.volumeId, signal) : undefined;
    if (detail !== undefined) details.push({ ...detail, node });
  }
  return details;
}
