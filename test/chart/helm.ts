import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { goProgram, goProgramPath } from '../conformance/go-program.ts';
import type { KubernetesObject } from '../manifests/read.ts';

/** The newest that the Go of test/cluster/programs/go.mod builds, which is what CI provides. */
const HELM = { module: 'helm.sh/helm/v4/cmd/helm', version: 'v4.1.4' } as const;

/** Where helm is, once it has been built. */
export const HELM_PATH = goProgramPath(HELM);

/** The folder of the chart. */
export const CHART = join(import.meta.dirname, '../../manifests/chart');

/** Any values, as a values file has them. */
export type Values = Readonly<Record<string, unknown>>;

/** The path of helm, which is built at first. */
export function helmProgram(): string {
  return goProgram(HELM);
}

/** Runs helm where no cluster is needed. @param input what it reads with `--values=-`. @returns its output. @throws {Error} with what it says. */
export function helm(args: readonly string[], input = ''): string {
  return execFileSync(helmProgram(), args, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'], timeout: 180_000 });
}

/** What an install of the release `podcert` in `podcert-system` would send, or one template of it, as text. JSON is YAML. */
export function renderText(values: Values, options: readonly string[] = []): string {
  const args = ['template', 'podcert', CHART, '--namespace=podcert-system', '--values=-', ...options];
  return helm(args, JSON.stringify(values));
}

/** The same as objects. @throws {Error} with what helm says against the values. */
export function render(values: Values = {}, options: readonly string[] = []): readonly KubernetesObject[] {
  return (loadAll(renderText(values, options)) as (KubernetesObject | null)[]).filter((object) => object !== null);
}
