import type { AttributeReader } from './attribute-reader.ts';
import { keyword } from './keyword.ts';
import { type Fault, type Parsed, inField, refused } from './parsed.ts';
import type { Surroundings } from './surroundings.ts';

/** What a volume may wait for with its pod started before its files are there. */
export const WAITS = ['pod-ip'] as const;

/** One of {@link WAITS}. */
export type WaitFor = (typeof WAITS)[number];

const FIELD = 'podcert.io/wait-for';

/** What only the Kubernetes API says, where there is none. */
export const NO_API: Fault = {
  why: 'needs the Kubernetes API, and the driver runs without one',
  cure: 'start the driver in a cluster or with --kubeconfig, or do without',
};

/** What the volume waits for, if anything. */
export function parseWaitFor(reader: AttributeReader, { pod }: Surroundings): Parsed<WaitFor | undefined> {
  const given = reader.given(FIELD);
  if (given === undefined || pod !== 'never') return reader.read(FIELD, keyword(WAITS));
  return inField(FIELD, given, refused(NO_API));
}

/** The surroundings as a volume with these attributes has them: one that waits for the IP has it when a certificate is asked for. */
export function withWait(surroundings: Surroundings, attributes: Readonly<Record<string, string>>): Surroundings {
  return { ...surroundings, waitsForIp: surroundings.waitsForIp || attributes[FIELD] === 'pod-ip' };
}
