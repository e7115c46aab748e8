import { endOf } from '../cluster/command.ts';
import { kubectl } from './cluster-access.ts';
import { DRIVER_NAMESPACE } from './install.ts';

/** What a person would look at when pods of a namespace do not come up: pods, events, requests, and the end of the driver's log. */
export async function describeTrouble(namespace: string): Promise<string> {
  const parts = {
    Pods: ['get', 'pods', '--output=wide'],
    Events: [
      'get',
      'events',
      '--sort-by=.lastTimestamp',
      '--output=custom-columns=TIME:.lastTimestamp,OF:.involvedObject.name,MESSAGE:.message',
    ],
    CertificateRequests: [
      'get',
      'certificaterequests',
      '--output=custom-columns=NAME:.metadata.name,OWNER:.metadata.ownerReferences[*].name,IS:.status.conditions[*].type,MESSAGES:.status.conditions[*].message',
    ],
  };
  const driver = ['logs', `--namespace=${DRIVER_NAMESPACE}`, '--selector=app.kubernetes.io/name=podcert', '--tail=30'];
  const texts = [
    ...Object.entries(parts).map(([title, args]) => section(title, [...args, `--namespace=${namespace}`])),
    section('The log of the driver', driver),
  ];
  return (await Promise.all(texts)).join('\n');
}

async function section(title: string, args: readonly string[]): Promise<string> {
  // The first trouble is what matters, not a second one while looking at it.
  const text = await kubectl(args).catch((error: unknown) => String(error));
  return `${title}:\n${endOf(text)}`;
}
