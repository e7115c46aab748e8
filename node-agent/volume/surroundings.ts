import type { Surroundings } from '../spec/surroundings.ts';
import type { VolumeTools } from './volume-tools.ts';

/** What is known at the publish of a volume that is not there yet. */
export function surroundingsOfNew({ nodeName, pods, gates }: Pick<VolumeTools, 'nodeName' | 'pods' | 'gates'>): Surroundings {
  return { nodeName, pod: pods === undefined ? 'never' : 'later', waitsForIp: gates.some(({ kind }) => kind === 'pod-ip') };
}

/**
 * What is assumed of a volume that is mounted: its pod runs, and has its IP. A volume with files is not set aside for what its
 * renewal may lack, such as a Kubernetes API or a gate that other flags take away.
 */
export function surroundingsOfMounted({ nodeName }: Pick<VolumeTools, 'nodeName'>): Surroundings {
  return { nodeName, pod: 'later', waitsForIp: true };
}
