import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readConfig } from '../../driver/config.ts';
import { addedByComponent, isMeant, patchedByComponent, readComponent } from './component.ts';
import { only, readFolder, type KubernetesObject } from './read.ts';

const plain = readFolder('.');
const component = readComponent('token-request');
const patched = patchedByComponent(plain, 'token-request').slice(0, plain.length);

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
    for (const { target } of component.patches ?? []) assert.equal(plain.filter((object) => isMeant(target, object)).length, 1);
  });

  it('has kubelet send tokens for the API server, again and again, and changes nothing else of what it tells', () => {
    const changes = { tokenRequests: [{ audience: '' }], requiresRepublish: true };
    assert.deepEqual(only(patched, 'CSIDriver').spec, Object.assign(structuredClone(only(plain, 'CSIDriver').spec), changes));
  });

  it('has the driver use them, and changes nothing else of how it runs', () => {
    assert.deepEqual(configOf(patched), { ...configOf(plain), usesPodToken: true });
  });

  it('takes from the driver what it gives to service accounts of pods, and binds that to nobody', () => {
    const added = addedByComponent('token-request');
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
