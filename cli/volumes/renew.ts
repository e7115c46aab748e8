import { MINUTE_MS } from '../clock.ts';
import type { Context } from '../context.ts';
import { nodeAccess } from '../context.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import { CliFailure, UsageFailure } from '../failure.ts';
import { askNodes } from '../nodes/ask-nodes.ts';
import type { DriverPod } from '../nodes/driver-pods.ts';
import { NO_LINE } from '../output/status-line.ts';
import { gatherVolumes, tellUnreachable, unreachableOf, type Gathered } from './gather.ts';
import { noVolume, podNamed } from './inspect.ts';
import { sorted } from './list.ts';
import { createPace } from './pace.ts';
import { createProgress } from './renewal-progress.ts';
import { renewOnNode, type RenewalPlan } from './renew-on-node.ts';
import { readSelection, selectPod } from './selection.ts';
import { nameOf, type NodeVolume } from './volume.ts';

const RATE = 5;
const TIMEOUT_MS = 5 * MINUTE_MS;

/** `kubectl podcert renew`. */
export async function renew(context: Context, signal: AbortSignal): Promise<ExitStatus> {
  const { terminal, values } = context;
  const isMass = isMassRenewal(context);
  const gathered = await gatherForRenewal(context, isMass, signal);
  const due = sorted(gathered.volumes, 'name').filter(({ generation }) => generation !== undefined);
  const without = gathered.volumes.length - due.length;
  if (without > 0 && due.length > 0) terminal.err(`Left out: ${without} without a certificate to renew.\n`);
  if (values.isSet('dry-run')) {
    for (const volume of due) terminal.out(`${nameOf(volume)} would be renewed (set ${volume.generation}, node ${volume.node})\n`);
    return tellUnreachable(terminal, gathered.unreachable, EXIT.done);
  }
  if (due.length === 0) {
    terminal.err('No volume has a certificate to renew.\n');
    return tellUnreachable(terminal, gathered.unreachable, isMass ? EXIT.done : EXIT.failed);
  }
  if (isMass) await confirm(context, due, signal);
  return renewAll(context, gathered, due, signal);
}

/** Whether the command line is about more than a pod. @throws {UsageFailure} where it is not clear about which. */
function isMassRenewal({ words, values }: Context): boolean {
  const isMass = values.isSet('all') || values.text('issuer') !== undefined;
  if (isMass && words.length > 0) throw new UsageFailure('"renew" takes either a pod, or --all or --issuer', 'leave one out');
  if (isMass && values.text('volume') !== undefined)
    throw new UsageFailure('--volume goes with a pod', 'name the pod, or leave --volume out');
  if (values.isSet('all') && values.text('namespace') === undefined && !values.isSet('all-namespaces'))
    throw new UsageFailure('--all needs --namespace', 'kubectl podcert renew --all -n NAMESPACE, or -A for those of the whole cluster');
  if (!isMass && words.length === 0)
    throw new UsageFailure('"renew" needs to know of which pods', 'name a pod, or use --all -n NAMESPACE or --issuer NAME');
  return isMass;
}

async function gatherForRenewal(context: Context, isMass: boolean, signal: AbortSignal): Promise<Gathered> {
  if (isMass) return gatherVolumes(context, await readSelection(context, signal), signal);
  const name = podNamed(context.words, 'renew');
  const selection = await selectPod(context, name, signal);
  const gathered = await gatherVolumes(context, selection, signal);
  if (gathered.volumes.length === 0 && gathered.unreachable.length === 0) throw noVolume(selection, name, gathered.drivers.length);
  return gathered;
}

/** @throws {UsageFailure} where nobody can be asked. @throws {CliFailure} for a no. */
async function confirm({ terminal, values }: Context, due: readonly NodeVolume[], signal: AbortSignal): Promise<void> {
  if (values.isSet('yes')) return;
  const nodes = new Set(due.map(({ node }) => node)).size;
  const what = `${due.length} certificate${due.length === 1 ? '' : 's'} on ${nodes} node${nodes === 1 ? '' : 's'}`;
  if (terminal.ask === undefined)
    throw new UsageFailure(`Nobody is there to confirm that ${what} shall be renewed`, 'give --yes; --dry-run lists them');
  const answer = await terminal.ask(`Renew ${what}, with new keys? [y/N] `, signal);
  if (!/^y(?:es)?$/i.test(answer.trim())) throw new CliFailure('Nothing was renewed');
}

async function renewAll(context: Context, gathered: Gathered, due: readonly NodeVolume[], signal: AbortSignal): Promise<ExitStatus> {
  const { values, clock, terminal } = context;
  const progress = createProgress(terminal, due.length);
  const plan: RenewalPlan = {
    clock,
    isWaiting: values.isSet('wait', true),
    pace: createPace(values.number('rate', RATE, 1_000), clock),
    timeoutMs: values.duration('timeout') ?? TIMEOUT_MS,
    tell: progress.tell,
  };
  const byNode = new Map<string, NodeVolume[]>();
  for (const volume of due) byNode.set(volume.node, [...(byNode.get(volume.node) ?? []), volume]);
  const drivers = gathered.drivers.filter(({ node }) => byNode.has(node));
  const work = (client: Parameters<typeof renewOnNode>[0], { node }: DriverPod, until: AbortSignal) =>
    renewOnNode(client, byNode.get(node)!, plan, until);
  // Each volume has a deadline of its own, and each answer of a node; of those there may be any number.
  const outcomes = await askNodes({ ...nodeAccess(context), line: NO_LINE }, drivers, work, signal, Infinity).finally(progress.clear);
  progress.summarize(plan.isWaiting);
  return tellUnreachable(terminal, [...gathered.unreachable, ...unreachableOf(outcomes)], progress.hasFailures() ? EXIT.failed : EXIT.done);
}
