import assert from 'node:assert/strict';
import { load } from 'js-yaml';
import { readFolder, readYaml, type KubernetesObject } from './read.ts';

/** A component for kustomize, as far as ours go. */
export interface Component {
  readonly kind: string;
  readonly resources: readonly string[];
  readonly patches?: readonly Patch[];
}

/** A JSON patch, as YAML, for all objects of a kind and perhaps of a name. */
export interface Patch {
  readonly target: { readonly kind: string; readonly name?: string };
  readonly patch: string;
}

/** An operation of a JSON patch (RFC 6902), of the kinds that are used here. */
interface Operation {
  readonly op: 'add' | 'replace';
  readonly path: string;
  readonly value: unknown;
}

export function readComponent(name: string): Component {
  return readYaml(`${name}/kustomization.yaml`) as Component;
}

/** The objects that a component adds. */
export function addedByComponent(name: string): readonly KubernetesObject[] {
  return readFolder(name).filter(({ kind }) => kind !== 'Component');
}

/** What kustomize makes of objects with a component: the objects, patched, and those that it adds. */
export function patchedByComponent(objects: readonly KubernetesObject[], name: string): readonly KubernetesObject[] {
  const { patches = [] } = readComponent(name);
  const patched = objects.map((object) => patches.filter(({ target }) => isMeant(target, object)).reduce(apply, object));
  return [...patched, ...addedByComponent(name)];
}

/** Whether a patch is for an object. */
export function isMeant({ kind, name }: Patch['target'], object: KubernetesObject): boolean {
  return kind === object.kind && (name === undefined || name === object.metadata.name);
}

function apply(object: KubernetesObject, { patch }: Patch): KubernetesObject {
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
