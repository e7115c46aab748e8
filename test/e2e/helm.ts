import { CHART, helmProgram } from '../chart/helm.ts';
import { runCommand } from '../cluster/command.ts';
import { kubeconfig } from './cluster-access.ts';
import { DRIVER_NAMESPACE } from './install.ts';

const IMAGE = process.env['PODCERT_E2E_IMAGE'];
const TIMEOUT_MS = 180_000;

/** Runs helm for the driver's namespace of the cluster under test. @returns its output. @throws {ClusterFailure} with what it says. */
export function helm(...args: readonly string[]): Promise<string> {
  // No proxy of the machine comes between.
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], KUBECONFIG: kubeconfig };
  return runCommand([helmProgram(), ...args, `--namespace=${DRIVER_NAMESPACE}`], { env }, AbortSignal.timeout(TIMEOUT_MS));
}

/** Installs or upgrades the release `podcert` by the chart, and returns once its driver serves on every node. */
export function deploy(command: 'install' | 'upgrade', ...options: readonly string[]): Promise<string> {
  const [, repository, tag] = /^(.+):([^:/]+)$/.exec(IMAGE ?? '') ?? [];
  const image = repository === undefined ? [] : [`--set=image.repository=${repository}`, `--set-string=image.tag=${tag}`];
  return helm(command, 'podcert', CHART, '--wait', '--timeout=90s', ...image, ...options);
}
