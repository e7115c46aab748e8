import { loadAll } from 'js-yaml';
import { FLAGS } from '../../../driver/flags/table.ts';
import { describeProblem } from '../../../node-agent/errors.ts';
import { ATTRIBUTES, OWN_PREFIX, PEER_PREFIX } from '../../../node-agent/spec/attribute-table.ts';
import { parseSpec } from '../../../node-agent/spec/parse-spec.ts';
import { publishRequest, SURROUNDINGS } from '../../spec/publish-request.ts';

/** The names that documents give the driver: the one it has by default, and one to run it beside cert-manager's. */
const DRIVER_NAMES = ['csi.cert-manager.io', 'csi.podcert.io'];

/** What is wrong with YAML for people to copy: its grammar, volumes that the driver would refuse, and flags that it has not. */
export function yamlProblems(text: string): readonly string[] {
  let documents: readonly unknown[];
  try {
    documents = loadAll(text);
  } catch (error) {
    return [`this is no YAML: ${(error as Error).message.split('\n')[0]}`];
  }
  // Some show attributes alone.
  return documents.flatMap((document) => [...(isObject(document) ? nameProblems(document) : []), ...problemsIn(document)]);
}

function problemsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return flagProblems(value);
  if (Array.isArray(value)) return value.flatMap(problemsIn);
  if (!isObject(value)) return [];
  const { csi, volumeAttributes, ...fields } = value;
  return [
    ...authorityProblems(value),
    ...(isObject(csi) ? volumeProblems(csi) : []),
    ...(isObject(volumeAttributes) ? nameProblems(volumeAttributes) : []),
    ...Object.entries(fields).flatMap(([name, field]) => (isOfOthers(name, value) ? [] : problemsIn(field))),
  ];
}

/** A CA that changes its key at its renewal is one whose pods refuse each other until all have the new one. */
function authorityProblems({ isCA, privateKey }: Record<string, unknown>): readonly string[] {
  const keepsKey = isObject(privateKey) && privateKey['rotationPolicy'] === 'Never';
  return isCA === true && !keepsKey ? ['a CA does not keep its key: rotationPolicy: Never'] : [];
}

/** Whether a field says how a container of somebody else's image is started. */
function isOfOthers(name: string, { image }: Record<string, unknown>): boolean {
  return ['args', 'command'].includes(name) && typeof image === 'string' && !image.includes('podcert');
}

/** What kubelet or the driver would say to a volume. */
function volumeProblems({ driver, readOnly, volumeAttributes, nodePublishSecretRef }: Record<string, unknown>): readonly string[] {
  if (!DRIVER_NAMES.includes(String(driver))) return [`no driver here is called ${String(driver)}`];
  if (!isObject(volumeAttributes)) return [];
  const unquoted = Object.entries(volumeAttributes).filter(([, value]) => typeof value !== 'string');
  if (unquoted.length > 0) return unquoted.map(([name]) => `${name} is no string: quote it`);
  const attributes = volumeAttributes as Record<string, string>;
  const key = attributes['podcert.io/pkcs12-password-key'];
  const secrets = nodePublishSecretRef !== undefined && key !== undefined ? { [key]: 'a password' } : {};
  const result = parseSpec(publishRequest(attributes, { readOnly: readOnly === true, secrets }), SURROUNDINGS);
  return result.kind === 'refused' ? result.problems.map(describeProblem) : nameProblems(attributes);
}

/** Attributes that there are not. */
function nameProblems(attributes: Record<string, unknown>): readonly string[] {
  const ours = Object.keys(attributes).filter((name) => name.startsWith(PEER_PREFIX) || name.startsWith(OWN_PREFIX));
  return ours.filter((name) => !Object.hasOwn(ATTRIBUTES, name)).map((name) => `there is no attribute ${name}`);
}

/** A string that is a flag is one of the driver's. */
function flagProblems(value: string): readonly string[] {
  const name = /^--([a-z][a-z-]*)(?:=.*)?$/.exec(value)?.[1];
  return name === undefined || Object.hasOwn(FLAGS, name) ? [] : [`the driver has no flag --${name}`];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
