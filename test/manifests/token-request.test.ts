import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { load } from 'js-yaml';
import { readConfig } from '../../driver/config.ts';
import { only, readFolder, readYaml, type KubernetesObject } from './read.ts';

interface Component {
  readonly kind: string;
  readonly resources: readonly string[];
  readonly patches: readonly { readonly target: { readonly kind: string; readonly name?: string }; readonly patch: string }[];
}

/** An operation of a JSON patch (RFC 6902), of the kinds that are used here. */
interface Operation {
  readonly op: 'add' | 'replace';
  readonly path: string;
  readonly value: unknown;
}

const plain = readFolder('.');
const component = readYaml('token-request/kustomization.yaml') as Component;
const patched = plain.map((object) => component.patches.filter(({ target }) => isMeant(target, object)).reduce(apply, object));

function isMeant({ kind, name }: Component['patches'][number]['target'], object: KubernetesObject): boolean {
  return kind === object.kind && (name === undefined || name === object.metadata.name);
}

function apply(object: KubernetesObject, { patch }: Component['patches'][number]): KubernetesObject {
  const result = structuredClone(object);
  for (const { op, path, value } of load(patch) as Operation[]) {
    const keys = path.split('/').slice(1);
    const last = keys.pop() ?? '';
    const parent = keys.reduce((value, key) => value[key] as Record<string, unknown>, result as unknown as Record<string, unknown>);
    if (last === '-' && Array.isArray(parent)) parent.push(value);
    else {
      // As in RFC 6902, sections 4.1 and 4.3; an add over something would hide what the plain manifest says.
      assert.equal(last in parent, op === 'replace', path);
      parent[last] = value;
    }
  }
  return result;
}

function configOf(objects: readonly KubernetesObject[]) {
  const args = only(objects, 'DaemonSet').spec?.template.spec?.containers[0]?.args ?? [];
  const reading = readConfig(
    args.map((arg) => arg.replace('$(NODE_NAME)', 'node-1')),
    {},
  );
  assert.ok(reading.kind === 'config', JSON.stringify(reading));
  return reading.config;
}

function verbs(objects: readonly KubernetesObject[], name: string): string[] {
  return (only(objects, 'ClusterRole', name).rules ?? []).flatMap((rule) => rule.verbs);
}

describe('the component token-request', () => {
  it('is one, and each of its patches meets one object', () => {
    assert.equal(component.kind, 'Component');
    for (const { target } of component.patches) assert.equal(plain.filter((object) => isMeant(target, object)).length, 1);
  });

  it('has kubelet send tokens for the API server, again and again, and changes nothing else of what it tells', () => {
    const changes = { tokenRequests: [{ audience: '' }], requiresRepublish: true };
    assert.deepEqual(only(patched, 'CSIDriver').spec, Object.assign(structuredClone(only(plain, 'CSIDriver').spec), changes));
  });

  it('has the driver use them, and changes nothing else of how it runs', () => {
    assert.deepEqual(configOf(patched), { ...configOf(plain), usesPodToken: true });
  });

  it('takes from the driver what it gives to service accounts of pods, and binds that to nobody', () => {
    const added = readFolder('token-request').filter(({ kind }) => kind !== 'Component');
    assert.deepEqual(
      added.map(({ kind, metadata }) => [kind, metadata.name]),
      [['ClusterRole', 'podcert-requester']],
    );
    assert.deepEqual(component.resources, ['requester.yaml']);
    const given = verbs(added, 'podcert-requester');
    assert.deepEqual(given, ['create']);
    assert.deepEqual([...given, ...verbs(patched, 'podcert')], verbs(plain, 'podcert'));
    const [own, others] = [only(plain, 'ClusterRole').rules?.[0], only(added, 'ClusterRole').rules?.[0]];
    assert.deepEqual([others?.apiGroups, others?.resources], [own?.apiGroups, own?.resources]);
  });
});
