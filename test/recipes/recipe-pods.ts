import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import type { V1Pod, V1Volume } from '@kubernetes/client-node';
import type { InlineVolume } from '../../demo/kubelet.ts';
import type { Container } from './pod-process.ts';

export const RECIPES = join(import.meta.dirname, '../../recipes');

/** Whose pods there are in each recipe. */
export type Side = 'server' | 'client';

/** The pod of one side, from the recipe's `pods.yaml`. */
export function readPod(recipe: string, side: Side): V1Pod {
  const pods = loadAll(readFileSync(join(RECIPES, recipe, 'pods.yaml'), 'utf8')) as readonly V1Pod[];
  const pod = pods.find(({ metadata }) => metadata?.name === side);
  if (pod === undefined) throw new Error(`recipes/${recipe}/pods.yaml has no pod ${side}`);
  return pod;
}

/** What kubelet makes of the pod's one volume of the driver. */
export function inlineVolumeOf({ metadata, spec }: V1Pod): InlineVolume {
  const volume = spec?.volumes?.find(({ csi }) => csi !== undefined);
  if (metadata === undefined || spec === undefined || volume?.csi === undefined) throw new Error('The pod has no volume of the driver');
  const { name = '', namespace = '' } = metadata;
  return {
    pod: { namespace, name, uid: `uid-of-${name}`, serviceAccount: spec.serviceAccountName ?? '' },
    name: volume.name,
    attributes: volume.csi.volumeAttributes ?? {},
    readOnly: volume.csi.readOnly ?? false,
    // In a user namespace of one mapped id there is no other group to give files to.
    ...(process.env['PODCERT_OWN_MOUNTS'] === 'root' && { fsGroup: spec.securityContext?.fsGroup ?? 0 }),
  };
}

/** What is in place of the pod's image and volumes. */
export interface Places {
  /** Where the driver published its volume. */
  readonly certificates: string;
  readonly recipe: string;
  /** More files, by their paths in the pod. */
  readonly image: ReadonlyMap<string, string>;
}

/** The pod's one container. @param env in place of what the pod says. */
export function containerOf({ spec }: V1Pod, { certificates, recipe, image }: Places, env: Readonly<Record<string, string>>): Container {
  const [container] = spec?.containers ?? [];
  if (container === undefined) throw new Error('The pod has no container');
  const mounts = new Map(image);
  const writable: string[] = [];
  for (const { name, mountPath } of container.volumeMounts ?? []) {
    const volume = spec?.volumes?.find((volume) => volume.name === name);
    if (volume?.emptyDir !== undefined) writable.push(mountPath);
    else mounts.set(mountPath, sourceOf(volume, { certificates, recipe }));
  }
  return {
    name: `the ${container.name}`,
    command: container.command ?? [],
    env: { ...Object.fromEntries((container.env ?? []).map(({ name, value = '' }) => [name, value])), ...env },
    mounts,
    writable,
    userId: spec?.securityContext?.runAsUser ?? 0,
    groupId: spec?.securityContext?.fsGroup ?? 0,
  };
}

function sourceOf(volume: V1Volume | undefined, { certificates, recipe }: Omit<Places, 'image'>): string {
  if (volume?.csi !== undefined) return certificates;
  if (volume?.configMap !== undefined) return recipe;
  throw new Error(`A mount names the volume ${JSON.stringify(volume?.name)}, of which the test knows nothing`);
}
