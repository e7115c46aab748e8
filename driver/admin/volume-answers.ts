import type { VolumeStatus } from '../../node-agent/ports.ts';
import type { CertificateView, FileView, VolumeView } from '../../node-agent/volume-view.ts';
import { volumeName } from '../report/volume-families.ts';
import type { CertificateAnswer, FileAnswer, HistoryEntry, VolumeAnswer, VolumeSummary } from './answers.ts';

/** One line of the list of volumes. */
export function summarize(status: VolumeStatus, view: Pick<VolumeView, 'names'>): VolumeSummary {
  const { volumeId, state, health, pod, issuer, targetPath, receivedAt, notAfterAt, renewAt, generation } = status;
  const { isNewKeyAwaited, waiting, failing } = status;
  return {
    volumeId,
    volume: volumeName(targetPath),
    state,
    health,
    ...(pod && { pod }),
    ...(issuer && { issuer }),
    names: view.names(),
    ...(receivedAt && { receivedAt: receivedAt.toISOString() }),
    ...(notAfterAt && { notAfterAt: notAfterAt.toISOString() }),
    ...(renewAt && { renewAt: renewAt.toISOString() }),
    ...(generation !== undefined && { generation }),
    ...(isNewKeyAwaited && { isNewKeyAwaited }),
    ...(waiting && { waiting }),
    ...(failing && { failing: { ...failing, sinceAt: failing.sinceAt.toISOString() } }),
  };
}

/** All of one volume. */
export function describeVolume(status: VolumeStatus, view: VolumeView, history: readonly HistoryEntry[]): VolumeAnswer {
  return {
    ...summarize(status, view),
    targetPath: status.targetPath,
    files: view.files().map(describeFile),
    chain: view.chain().map(describeCertificate),
    history,
  };
}

function describeFile({ mode, ...file }: FileView): FileAnswer {
  return { ...file, mode: mode.toString(8).padStart(4, '0') };
}

function describeCertificate({ notBeforeAt, notAfterAt, ...certificate }: CertificateView): CertificateAnswer {
  return { ...certificate, notBeforeAt: notBeforeAt.toISOString(), notAfterAt: notAfterAt.toISOString() };
}
