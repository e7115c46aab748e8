import type { FileSet } from '../contents.ts';
import { certify } from '../issuance/certify.ts';
import type { CertificateFacts } from '../issuance/certificate.ts';
import type { StepTimes } from '../issuance/step-times.ts';
import { AgentError, invalidRequest } from '../errors.ts';
import { toFailure } from '../failure.ts';
import { trustedCaPem } from '../formats/certificates.ts';
import { renderFiles } from '../formats/render.ts';
import type { Failing, Order, Waiting } from '../ports.ts';
import { succession } from '../schedule/renewal.ts';
import type { VolumeSpec } from '../spec/volume-spec.ts';
import type { Generation } from './generation.ts';
import { untilPodIsThere } from './gone-pod.ts';
import type { VolumeHome } from './home.ts';
import type { VolumeTools } from './volume-tools.ts';
import { readVisible } from './visible-file.ts';

/** A checked certificate with its key, not on disk yet. */
export interface Obtained {
  readonly made: Omit<Generation, 'number'>;
  /** What is rendered from it, before the disk steps, since keystores take their time. */
  readonly set: FileSet;
  readonly facts: CertificateFacts;
  /** How long it takes; in the last step, which ends when the set is in the volume. */
  readonly steps: StepTimes;
  /** To be called where it cannot be used, so that the issuer is not asked for the next at once. */
  readonly wasted: (error: unknown) => void;
}

/** What the volume has now, as far as a renewal asks. */
export interface Current {
  readonly number: number;
  readonly renewals: number;
  readonly lateMs: number;
  readonly receivedAt: Date;
  readonly facts: CertificateFacts;
}

/** For which volume, what it has now, and how an issuer gets at the pod's token. */
export interface Wish extends Pick<Order, 'podToken'> {
  readonly home: VolumeHome;
  readonly spec: VolumeSpec;
  /** What it has now, and how the last attempt went. */
  readonly plan: {
    readonly current: Current | undefined;
    readonly failing: Failing | undefined;
    /** Asked once, just before the key is chosen. @returns whether it must be a new one. */
    takeKeyWish(): boolean;
  };
}

/**
 * Gets one certificate for a volume, by a new key or, with `reuse-private-key`, by the one it has, unless somebody wished for a new one.
 * @throws {AgentError} what the issuer or the check throws; `signal.reason` once aborted.
 */
export async function obtain(
  tools: VolumeTools,
  { home, spec, plan, podToken }: Wish,
  waiting: (why: Waiting) => void,
  signal: AbortSignal,
): Promise<Obtained> {
  const { volumeId } = home;
  const { pod, issuer, annotations, wanted, key, verification } = spec;
  if (plan.failing?.failure.code === 'request-deleted') await untilPodIsThere(tools.pods, pod, waiting, signal);
  const { current } = plan;
  const found = tools.issuers.find(issuer, wanted);
  if (found.kind === 'refused') throw invalidRequest(`Cannot get a certificate for volume "${volumeId}"`, found.problems);
  const isReused = !plan.takeKeyWish() && spec.reusePrivateKey;
  const reusableKeyPem = isReused ? presentKey(home, spec) : undefined;
  const reused = reusableKeyPem !== undefined && { reusableKeyPem };
  const old = current && { oldNotAfterAt: current.facts.notAfterAt };
  const order = { volumeId, pod, issuer, annotations, wanted, podToken, key, verification, ...reused, ...old };
  const { issuer: signer } = found;
  const wasted = (error: unknown) => signer.wasted?.(volumeId, toFailure(error).message);
  const certified = certify({ keys: tools.keys, issuer: signer, clock: tools.clock }, order, waiting, signal);
  const { contents, facts, receivedAt, differences, steps } = await certified.catch((error: unknown) => {
    if (error instanceof AgentError && error.code === 'certificate-refused') wasted(error);
    throw error;
  });
  if (differences.length > 0) {
    tools.journal.note({ kind: 'certificate-differs', volumeId, pod, issuer, serial: facts.serial, differences });
  }
  if (trustedCaPem(contents) === '') tools.journal.note({ kind: 'ca-missing', volumeId, pod, issuer, serial: facts.serial });
  const set = await renderFiles(contents, spec.files);
  const replaced = current && { volumeId, ...current, ...current.facts, renewBeforeMs: spec.renewBeforeMs };
  return { made: { contents, receivedAt, ...succession(replaced, receivedAt) }, set, facts, steps, wasted };
}

/** The key that the pod sees; undefined where it cannot be read, so that a new one is made. */
function presentKey(home: VolumeHome, { files }: VolumeSpec): string | undefined {
  try {
    return readVisible(home, files.keyFile);
  } catch {
    return undefined;
  }
}
