import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { runCommand } from '../cluster/command.ts';
import { KUBECONFIG } from '../cluster/folders.ts';
import { KUBECTL, kubectlEnvironment, kubectl as ownKubectl } from '../cluster/kubectl.ts';
import { findNode, type ClusterNode } from '../cluster/node.ts';

/** More than any single command takes; those that wait are given their own deadline. */
const TIMEOUT_MS = 180_000;

/** The kubeconfig that `npm run e2e` was given; without one, the cluster of test/cluster is tested. */
const GIVEN = process.env['PODCERT_E2E_KUBECONFIG'];

/** The kubeconfig file of the cluster under test. */
export const kubeconfig = GIVEN ?? KUBECONFIG;

/** The kubectl that reaches it. */
export const kubectlProgram = GIVEN === undefined || GIVEN === KUBECONFIG ? KUBECTL : 'kubectl';

/** Why a test that restarts parts of the control plane cannot run; false where it can. For `it`'s option `skip`. */
export const needsOwnNode: string | false =
  GIVEN === undefined ? false : 'it restarts parts that only the cluster of test/cluster lets us restart';

/** Whether what was made is to stay for a look: `npm run e2e -- --keep`. */
export const keepsAll = process.env['PODCERT_E2E_KEEP'] === '1';

/** Runs kubectl on the cluster under test. @param input what it reads with `-f -`. @returns its output. @throws {ClusterFailure} with what it says. */
export function kubectl(args: readonly string[], input?: string): Promise<string> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  if (GIVEN === undefined || GIVEN === KUBECONFIG) return ownKubectl(args, signal, input);
  const env = { ...process.env, KUBECONFIG: GIVEN };
  return runCommand(['kubectl', ...args], input === undefined ? { env } : { env, input }, signal);
}

/** Starts a kubectl that goes on until it is killed; what it prints is to be read. */
export function startKubectl(args: readonly string[]): ChildProcessByStdio<null, Readable, null> {
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  if (GIVEN === undefined || GIVEN === KUBECONFIG) return spawn(KUBECTL, args, { env: kubectlEnvironment(), stdio: [...stdio] });
  return spawn('kubectl', args, { env: { ...process.env, KUBECONFIG: GIVEN }, stdio: [...stdio] });
}

/** Asks for objects. @returns what the API answers, which the caller must know the shape of. */
export async function getJson<Answer>(args: readonly string[]): Promise<Answer> {
  return JSON.parse(await kubectl(['get', '--output=json', ...args])) as Answer;
}

/** Makes or changes objects. */
export async function apply(...objects: readonly object[]): Promise<void> {
  await kubectl(['apply', '--filename=-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
}

/** The node of test/cluster, whose parts a test may stop and start. @throws {Error} where there is none; see `needsOwnNode`. */
export async function ownNode(): Promise<ClusterNode> {
  const node = await findNode();
  if (node === undefined) throw new Error('The cluster of test/cluster is not up: npm run cluster:up');
  return node;
}
