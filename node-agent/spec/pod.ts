import type { PodReference } from '../wanted.ts';
import { type Fault, type Parsed, all, inField, parsed, refused } from './parsed.ts';

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;
/** A UUID, but static pods and other orchestrators have other forms. */
const UID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/**
 * The pod, from the keys that kubelet adds where the CSIDriver has podInfoOnMount. The forms are those of Kubernetes (Object
 * Names and IDs); held to strictly, because variables carry these texts into lists of names: no comma may come with them.
 */
export function parsePod(attributes: Readonly<Record<string, string>>): Parsed<PodReference> {
  return all<PodReference>({
    namespace: parseName(attributes, 'csi.storage.k8s.io/pod.namespace', LABEL),
    name: parseName(attributes, 'csi.storage.k8s.io/pod.name', SUBDOMAIN),
    uid: parseName(attributes, 'csi.storage.k8s.io/pod.uid', UID),
    serviceAccount: parseName(attributes, 'csi.storage.k8s.io/serviceAccount.name', SUBDOMAIN),
  });
}

/** What variables stand for while the pod's own problems are being told: texts that cause no further ones. */
export const STAND_IN: PodReference = { namespace: 'x', name: 'x', uid: 'x', serviceAccount: 'x' };

function parseName(attributes: Readonly<Record<string, string>>, key: string, form: RegExp): Parsed<string> {
  const text = attributes[key];
  if (!text) {
    return refused({ field: key, why: 'is missing', cure: 'set podInfoOnMount: true on the CSIDriver, so that kubelet sends it' });
  }
  const wrong: Fault = { why: 'is not a name of the form that Kubernetes gives', cure: 'publish the volume for a pod of Kubernetes' };
  return inField(key, text, form.test(text) ? parsed(text) : refused(wrong));
}
