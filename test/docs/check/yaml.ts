import { loadAll } from 'js-yaml';
import { FLAGS } from '../../../driver/flags/table.ts';
import { ATTRIBUTES, OWN_PREFIX, PEER_PREFIX } from '../../../node-agent/spec/attribute-table.ts';

/** What is wrong with YAML for people to copy: its grammar, attributes of volumes that there are not, and flags that the driver has not. */
export function yamlProblems(text: string): readonly string[] {
  let documents: readonly unknown[];
  try {
    documents = loadAll(text);
  } catch (error) {
    return [`this is no YAML: ${(error as Error).message.split('\n')[0]}`];
  }
  return documents.flatMap((document) => problemsIn(document, true));
}

function problemsIn(value: unknown, isAttributes: boolean): readonly string[] {
  if (typeof value === 'string') return flagProblems(value);
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item) => problemsIn(item, false));
  return Object.entries(value).flatMap(([name, inner]) => [
    ...(isAttributes && isOurs(name) && !Object.hasOwn(ATTRIBUTES, name) ? [`there is no attribute ${name}`] : []),
    ...(name === 'driver' && typeof inner === 'string' ? driverProblems(inner) : []),
    ...problemsIn(inner, name === 'volumeAttributes'),
  ]);
}

function isOurs(name: string): boolean {
  return name.startsWith(PEER_PREFIX) || name.startsWith(OWN_PREFIX);
}

/** A pod names the driver by one of the two names that documents give it. */
function driverProblems(name: string): readonly string[] {
  return ['csi.cert-manager.io', 'csi.podcert.io'].includes(name) ? [] : [`no driver here is called ${name}`];
}

/** A string that is a flag is one of the driver's. */
function flagProblems(value: string): readonly string[] {
  const name = /^--([a-z][a-z-]*)(?:=.*)?$/.exec(value)?.[1];
  return name === undefined || Object.hasOwn(FLAGS, name) ? [] : [`the driver has no flag --${name}`];
}
