import { AgentError, invalidRequest } from '../errors.ts';
import type { Problem } from '../errors.ts';
import type { FoundIssuer } from '../issuers/registry.ts';
import type { PublishRequest } from '../ports.ts';
import { parseSpec } from '../spec/parse-spec.ts';
import type { ServiceAccountToken } from '../spec/service-account-token.ts';
import type { Surroundings } from '../spec/surroundings.ts';
import { tokenOf } from './pod-token.ts';
import type { Purpose } from './purpose.ts';
import { toStored } from './record.ts';
import type { VolumeTools } from './volume-tools.ts';

/** By what a request is judged. */
type Judging = Pick<VolumeTools, 'issuers' | 'clock'>;

/**
 * Judges a publish request, its attributes, its issuer, and its token where the issuer uses it.
 * @throws {AgentError} `invalid-request` with all that is wrong at once; `token-expired`, since only another call brings a new one.
 */
export function admit(request: PublishRequest, { issuers, clock }: Judging, surroundings: Surroundings): Purpose {
  const parsed = parseSpec(request, surroundings);
  if (parsed.kind === 'refused') {
    const { issuer, ...asked } = parsed.understood;
    throw invalidRequest(cannot(request), [...parsed.problems, ...(issuer ? problemsOf(issuers.find(issuer, asked), request) : [])]);
  }
  const { volumeId, spec } = parsed;
  const found = issuers.find(spec.issuer, spec.wanted);
  const problems = problemsOf(found, request);
  if (problems.length > 0) throw invalidRequest(cannot(request), problems);
  const token = tokenOf(request, found);
  if (token?.kind === 'parsed' && token.value.expiresAt <= clock.now()) throw expired(request, token.value, clock.now());
  return { volumeId, spec, targetPath: request.targetPath, request: toStored(request) };
}

function problemsOf(found: FoundIssuer, request: PublishRequest): readonly Problem[] {
  if (found.kind === 'refused') return found.problems;
  const token = tokenOf(request, found);
  return token?.kind === 'refused' ? token.problems : [];
}

function expired(request: PublishRequest, { expiresAt }: ServiceAccountToken, now: Date): AgentError {
  const instants = `expired at ${expiresAt.toISOString()}, and the clock of this node says ${now.toISOString()}`;
  const message = `${cannot(request)}: the token of the pod's service account ${instants}; kubelet calls again with another one`;
  return new AgentError('token-expired', message);
}

function cannot({ volumeId }: PublishRequest): string {
  return `Cannot publish volume ${JSON.stringify(volumeId.slice(0, 128))}`;
}
