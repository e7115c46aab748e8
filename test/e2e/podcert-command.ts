import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before } from 'node:test';
import { buildCli } from '../../build-cli.ts';
import { KUBECTL, kubectlEnvironment } from '../cluster/kubectl.ts';
import { kubeconfig, kubectl, needsOwnNode } from './cluster-access.ts';
import { isAllowed } from './rights.ts';
import { waitFor } from './wait.ts';

const RIGHTS = join(import.meta.dirname, '../../manifests/cli/rbac.yaml');

/** What a run of `kubectl podcert` came to. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built `kubectl podcert`, for hooks and tests that follow, with the example role in the cluster. */
export interface PodcertCommand {
  /** As an operator who has the example role and nothing else. */
  run(...args: readonly string[]): Promise<Ended>;
  /** What completes the last of the words. */
  complete(...words: readonly string[]): Promise<Ended>;
  /** The same through kubectl itself, by a PATH that has both. */
  viaKubectl(args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<Ended>;
}

/** Whom the example role is given to. The API server judges who is impersonated, whoever does it. */
const OPERATOR = ['--as=operator@example.com', '--as-group=podcert-operators'];

export function ownPodcertCommand(): PodcertCommand {
  const folder = mkdtempSync(join(tmpdir(), 'podcert-command-'));
  let file = '';
  before(async () => {
    file = await buildCli(folder);
    symlinkSync('kubectl-podcert', join(folder, 'kubectl_complete-podcert'));
    await kubectl(['apply', `--filename=${RIGHTS}`]);
    const right = { verb: 'list', group: 'cert-manager.io', resource: 'certificaterequests' };
    // The API server hears of a role from its own watch.
    await waitFor('the example role', 'podcert-system', 30_000, async () =>
      (await isAllowed('operator@example.com', right, ['podcert-operators'])) ? true : undefined,
    );
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await kubectl(['delete', `--filename=${RIGHTS}`, '--ignore-not-found']);
  });
  return {
    run: (...args) => runToEnd(process.execPath, [file, ...args, ...OPERATOR], {}),
    complete: (...words) => runToEnd(process.execPath, [file, '__complete', ...OPERATOR, ...words], {}),
    viaKubectl: (args, environment = {}) =>
      runToEnd(program(), args, { PATH: `${folder}${delimiter}${process.env['PATH']}`, ...environment }),
  };
}

/** The kubectl of the cluster under test. */
function program(): string {
  return needsOwnNode === false ? KUBECTL : 'kubectl';
}

async function runToEnd(command: string, args: readonly string[], environment: Readonly<Record<string, string>>): Promise<Ended> {
  const own = needsOwnNode === false ? { ...kubectlEnvironment(), KUBECTL } : { ...process.env, KUBECONFIG: kubeconfig };
  const path = `${environment['PATH'] ?? process.env['PATH']}${delimiter}${dirname(process.execPath)}`;
  const child = spawn(command, args, { env: { ...own, ...environment, PATH: path }, stdio: ['ignore', 'pipe', 'pipe'], timeout: 170_000 });
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { status: status as number | null, stdout, stderr };
}
