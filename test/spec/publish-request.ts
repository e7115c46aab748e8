import type { PublishRequest } from '../../node-agent/ports.ts';
import { parseSpec } from '../../node-agent/spec/parse-spec.ts';
import type { Surroundings } from '../../node-agent/spec/surroundings.ts';
import type { VolumeSpec } from '../../node-agent/spec/volume-spec.ts';

/** What kubelet adds to a pod's own attributes. */
export const KUBELET_ATTRIBUTES = {
  'csi.storage.k8s.io/ephemeral': 'true',
  'csi.storage.k8s.io/pod.name': 'web-6d4cf56db6-x7k2p',
  'csi.storage.k8s.io/pod.namespace': 'shop',
  'csi.storage.k8s.io/pod.uid': '5f3d2c9e-8a41-4c0e-9a55-0d9f5b6f2b11',
  'csi.storage.k8s.io/serviceAccount.name': 'web',
};

/** What a publish knows besides its request: the pod's object is looked at later. */
export const SURROUNDINGS: Surroundings = { nodeName: 'node-7', pod: 'later', waitsForIp: false };

/** A sound request: attributes are added under the peer's prefix unless they have one, fields replaced. */
export function publishRequest(attributes: Record<string, string> = {}, fields: Partial<PublishRequest> = {}): PublishRequest {
  const named = Object.entries(attributes).map(([name, value]) => [name.includes('/') ? name : `csi.cert-manager.io/${name}`, value]);
  return {
    volumeId: 'csi-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
    targetPath: '/var/lib/kubelet/pods/5f3d2c9e/volumes/kubernetes.io~csi/tls/mount',
    readOnly: true,
    attributes: { ...KUBELET_ATTRIBUTES, 'csi.cert-manager.io/issuer-name': 'ca', ...Object.fromEntries(named) },
    secrets: {},
    access: 'mount',
    accessMode: 'SINGLE_NODE_WRITER',
    fsType: '',
    mountFlags: [],
    volumeMountGroup: '',
    ...fields,
  };
}

/** The spec of a request that must be sound. */
export function accepted(attributes: Record<string, string> = {}, fields: Partial<PublishRequest> = {}): VolumeSpec {
  const result = parseSpec(publishRequest(attributes, fields), SURROUNDINGS);
  if (result.kind === 'refused') throw new Error(`Refused: ${JSON.stringify(result.problems)}`);
  return result.spec;
}

/** The problems of a request, each as its field and value, or its field alone. */
export function refusals(attributes: Record<string, string>, fields: Partial<PublishRequest> = {}): readonly string[] {
  const result = parseSpec(publishRequest(attributes, fields), SURROUNDINGS);
  const problems = result.kind === 'refused' ? result.problems : [];
  return problems.map(
    ({ field, value }) => field.replace('csi.cert-manager.io/', '') + (value === undefined ? '' : ` ${JSON.stringify(value)}`),
  );
}
