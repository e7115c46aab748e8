import { invalidRequest } from '../errors.ts';
import type { IssuerRegistry } from '../issuers/registry.ts';
import type { PublishRequest } from '../ports.ts';
import { parseSpec } from '../spec/parse-spec.ts';
import type { Purpose } from './purpose.ts';
import { toStored } from './record.ts';

/**
 * Judges a publish request, its attributes and its issuer.
 * @throws {AgentError} `invalid-request` with all that is wrong at once.
 */
export function admit(request: PublishRequest, issuers: IssuerRegistry): Purpose {
  const parsed = parseSpec(request);
  if (parsed.kind === 'refused') throw invalidRequest(cannot(request), parsed.problems);
  const { volumeId, spec } = parsed;
  const found = issuers.find(spec.issuer, spec.wanted);
  if (found.kind === 'refused') throw invalidRequest(cannot(request), found.problems);
  return { volumeId, spec, targetPath: request.targetPath, request: toStored(request) };
}

function cannot({ volumeId }: PublishRequest): string {
  return `Cannot publish volume ${JSON.stringify(volumeId.slice(0, 128))}`;
}
