import type { VolumeAnswer, VolumeSummary } from '../../driver/admin/answers.ts';
import { levelOf } from '../../driver/admin/level.ts';
import type { Tone } from '../output/colour.ts';
import { safeText } from '../output/safe-text.ts';

/** A volume and the node it is on. */
export type NodeVolume = VolumeSummary & { readonly node: string };

/** All of a volume and the node it is on. */
export type InspectedVolume = VolumeAnswer & { readonly node: string };

/** One word for how a volume fares: `Ready`, the reason of its health, or what it is about. */
export function stateOf(volume: VolumeSummary): { readonly word: string; readonly tone: Tone } {
  return { word: wordOf(volume), tone: volume.state === 'mounted' || isInTrouble(volume) ? levelOf(volume) : 'warning' };
}

function wordOf({ state, health, failing, notAfterAt }: VolumeSummary): string {
  if (health.kind !== 'healthy') return health.reason;
  if (failing !== undefined) return notAfterAt === undefined ? 'CertificatePending' : 'RenewalFailing';
  return state === 'mounted' ? 'Ready' : `${state.slice(0, 1).toUpperCase()}${state.slice(1)}`;
}

/** Whether somebody should look at it; the status page says so of the same volumes. */
export function isInTrouble(volume: VolumeSummary): boolean {
  return levelOf(volume) !== 'good';
}

/** `namespace/pod/volume`, safe for a terminal; by its id where the node no longer knows the pod. */
export function nameOf({ pod, volume, volumeId }: VolumeSummary): string {
  return safeText(pod === undefined ? volumeId : `${pod.namespace}/${pod.name}/${volume}`);
}

/** `internal-ca`, or `ClusterIssuer/internal-ca` where it is no plain Issuer. */
export function issuerOf({ issuer }: VolumeSummary): string {
  if (issuer === undefined) return '';
  return issuer.kind === 'Issuer' ? issuer.name : `${issuer.kind}/${issuer.name}`;
}

/** What stands in the way of a certificate, in one line; empty where nothing does. */
export function troubleOf({ waiting, failing, health }: VolumeSummary): string {
  if (failing !== undefined) return failing.failure.message;
  if (waiting !== undefined) return waiting.reason;
  return health.kind === 'healthy' ? '' : health.message;
}
