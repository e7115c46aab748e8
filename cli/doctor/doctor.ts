import type { Context } from '../context.ts';
import { nodeAccess } from '../context.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import { CliFailure } from '../failure.ts';
import { KubectlFailure } from '../kubectl/kubectl-failure.ts';
import { askNodes } from '../nodes/ask-nodes.ts';
import { findDriverPods, MANIFESTS_NAMESPACE, type DriverPod } from '../nodes/driver-pods.ts';
import type { NodeClient } from '../nodes/node-client.ts';
import { safeJson } from '../output/safe-text.ts';
import { checkCertManager } from './check-cert-manager.ts';
import { checkCsiDriver, checkDaemonSet, checkPodSecurity, checkRegistration, checkTaint } from './check-driver.ts';
import { checkNodes, type NodeReport } from './check-nodes.ts';
import { checkRights } from './check-rights.ts';
import { gatherFacts } from './cluster-facts.ts';
import { failed, hidden, type Finding } from './finding.ts';
import { renderFindings } from './report.ts';
import { checkVersions } from './versions.ts';

/** `kubectl podcert doctor`: all of it, whatever of it is wrong. */
export async function doctor(context: Context, signal: AbortSignal): Promise<ExitStatus> {
  const { terminal, values, clock } = context;
  const findings = await examine(context, signal);
  const isJson = values.text('output') === 'json';
  terminal.out(isJson ? `${safeJson({ at: clock.now().toISOString(), findings })}\n` : renderFindings(findings, terminal.paint));
  if (findings.some(({ outcome }) => outcome === 'failed')) return EXIT.found;
  // What a node cannot judge it could judge no better if it were asked again; what we may not look at, somebody else could.
  return findings.some(({ outcome, node }) => outcome === 'unknown' && node === undefined) ? EXIT.partial : EXIT.done;
}

async function examine(context: Context, signal: AbortSignal): Promise<readonly Finding[]> {
  const { kubectl, values, clock } = context;
  const { drivers, finding } = await findDrivers(context, signal);
  const areHidden = finding?.outcome === 'unknown';
  const outcomes = await askNodes(nodeAccess(context), drivers, (client, _pod, until) => reportOf(client, context, until), signal);
  const reports = outcomes.flatMap((outcome) => (outcome.kind === 'answered' ? [[outcome.pod.node, outcome.answer] as const] : []));
  const driverName = reports[0]?.[1].checks.driver.driverName ?? nameFrom(drivers) ?? 'csi.cert-manager.io';
  const namespace = drivers[0]?.namespace ?? values.text('driver-namespace') ?? MANIFESTS_NAMESPACE;
  const facts = await gatherFacts(kubectl, driverName, namespace, signal);
  // Nothing follows from drivers that are not to be seen: neither where they run nor that a node has none.
  const ofDrivers = (findings: readonly Finding[]) => (areHidden ? [] : findings);
  return [
    ...(finding === undefined ? [] : [finding]),
    checkCsiDriver(facts, driverName, drivers),
    ...ofDrivers(checkDaemonSet(facts, drivers)),
    ...ofDrivers(checkRegistration(facts, driverName, drivers)),
    ...ofDrivers([checkPodSecurity(facts, namespace)]),
    ...checkTaint(facts, drivers),
    ...(await checkRights(kubectl, drivers, signal)),
    // Drivers with a local CA need no cert-manager.
    ...(areHidden && facts.definition.kind === 'absent' ? [] : checkCertManager(facts, drivers, clock.now())),
    ...checkVersions(facts, new Map(reports.map(([node, { checks }]) => [node, checks.driver.version]))),
    ...checkNodes(outcomes),
  ];
}

/** No driver at all is a finding, and so is that we may not look; an API server that answers nothing is none. @throws {KubectlFailure} */
async function findDrivers(
  { kubectl, values }: Context,
  signal: AbortSignal,
): Promise<{ readonly drivers: readonly DriverPod[]; readonly finding?: Finding }> {
  try {
    return { drivers: await findDriverPods(kubectl, values.text('driver-namespace'), signal) };
  } catch (error) {
    if (!(error instanceof CliFailure) || (error instanceof KubectlFailure && error.kind !== 'forbidden')) throw error;
    const { message: why, cure = 'ask for the right' } = error;
    const finding = error instanceof KubectlFailure ? hidden('drivers', { kind: 'hidden', why, cure }) : failed('drivers', why, cure);
    return { drivers: [], finding };
  }
}

async function reportOf(client: NodeClient, { clock }: Context, signal: AbortSignal): Promise<NodeReport> {
  const checks = await client.checks(signal);
  const startMs = clock.now().getTime();
  const volumes = await client.volumes(signal);
  const tookMs = clock.now().getTime() - startMs;
  return { checks, volumes, tookMs, aheadMs: Date.parse(volumes.nowAt) - (startMs + tookMs / 2) };
}

function nameFrom(drivers: readonly DriverPod[]): string | undefined {
  return drivers[0]?.args.find((arg) => arg.startsWith('--driver-name='))?.slice('--driver-name='.length);
}
