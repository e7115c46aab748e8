import { CliFailure } from '../failure.ts';
import { safeText } from '../output/safe-text.ts';

/** What an API call through kubectl came to. */
export type KubectlFailureKind = 'forbidden' | 'not-found' | 'unauthorized' | 'unreachable' | 'no-kubectl' | 'other';

/** kubectl could not do what it was asked for. */
export class KubectlFailure extends CliFailure {
  override readonly name = 'KubectlFailure';
  readonly kind: KubectlFailureKind;

  constructor(kind: KubectlFailureKind, message: string, cure?: string) {
    super(message, cure);
    this.kind = kind;
  }
}

/** Reads what kubectl said on standard error. @param couldNot what was asked of it. */
export function readFailure(couldNot: string, stderr: string): KubectlFailure {
  const said = safeText(lastWords(stderr));
  const message = `Cannot ${couldNot}: ${said}`;
  if (/\(Forbidden\)|is forbidden:/.test(said)) return new KubectlFailure('forbidden', message, missingRule(said));
  if (/\(NotFound\)/.test(said)) return new KubectlFailure('not-found', message);
  if (/\(Unauthorized\)|must be logged in|provide credentials/.test(said))
    return new KubectlFailure('unauthorized', message, 'log in again; "kubectl auth whoami" says as whom the API server knows you');
  if (/connection refused|no such host|i\/o timeout|deadline exceeded|Unable to connect|timed out/i.test(said))
    return new KubectlFailure(
      'unreachable',
      message,
      '"kubectl cluster-info" says which API server is asked; --context and --kubeconfig choose another',
    );
  return new KubectlFailure('other', message);
}

/** kubectl itself could not be started. */
export function noKubectl(program: string, error: Error): KubectlFailure {
  const cure = 'put kubectl into PATH, or name it in the environment variable KUBECTL';
  return new KubectlFailure('no-kubectl', `Cannot run "${safeText(program)}": ${error.message}`, cure);
}

/** The rule that the user lacks, as it is written in a Role; from the API server's words (Kubernetes' authorizer). */
function missingRule(said: string): string {
  const [, verb, resource, group = ''] = /cannot (\w+) resource "([^"]+)" in API group "([^"]*)"/.exec(said) ?? [];
  const example = 'manifests/cli has an example';
  if (verb === undefined) return `ask for the right; ${example}`;
  const where = /in the namespace "([^"]+)"/.exec(said)?.[1];
  const kind = where === undefined ? 'ClusterRole' : `Role in namespace "${where}"`;
  return `the rule {apiGroups: [${group === '' ? '""' : group}], resources: [${resource}], verbs: [${verb}]} is missing, in a ${kind}; ${example}`;
}

/** The last line that is no log line of a library, without its prefix. */
function lastWords(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const own = lines.filter((line) => !/^[EWI]\d{4} /.test(line));
  const line = own.at(-1) ?? lines.at(-1) ?? 'kubectl ended without a word';
  return line.replace(/^error: /i, '').slice(0, 1_000);
}
