import type { Completes } from '../flags.ts';
import type { Kubectl } from '../kubectl/kubectl.ts';
import { listObjects, listPods } from '../kubectl/objects.ts';
import type { Candidate } from './complete.ts';

/** What there is in the cluster or the kubeconfig; pods are those of the namespace that have a CSI volume. @throws {KubectlFailure} */
export async function lookUp(
  kubectl: Kubectl,
  what: Completes,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<readonly Candidate[]> {
  switch (what) {
    case 'pods': {
      const pods = await listPods(kubectl, { namespace: namespace ?? (await kubectl.currentNamespace(signal)) }, signal);
      const ours = pods.filter(({ spec }) => spec.volumes?.some(({ csi }) => csi !== undefined));
      return ours.map(({ metadata, spec }) => ({ value: metadata.name, about: spec.nodeName ?? 'not scheduled' }));
    }
    case 'namespaces':
      return (await listObjects(kubectl, '/api/v1/namespaces', signal)).map(toCandidate);
    case 'nodes':
      return (await listObjects(kubectl, '/api/v1/nodes', signal)).map(toCandidate);
    case 'contexts':
      return namesFrom(await kubectl.run('read the kubeconfig', ['config', 'get-contexts', '--output=name'], signal));
    case 'clusters':
      return namesFrom(await kubectl.run('read the kubeconfig', ['config', 'get-clusters'], signal)).slice(1);
    case 'users':
      return namesFrom(await kubectl.run('read the kubeconfig', ['config', 'get-users'], signal)).slice(1);
    case 'files':
      return [];
    default:
      return what satisfies never;
  }
}

function toCandidate({ metadata }: { readonly metadata: { readonly name: string } }): Candidate {
  return { value: metadata.name };
}

function namesFrom(text: string): readonly Candidate[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((value) => ({ value }));
}
