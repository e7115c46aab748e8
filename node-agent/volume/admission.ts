import { invalidRequest } from '../errors.ts';
import type { Problem } from '../errors.ts';
import type { FoundIssuer, IssuerRegistry } from '../issuers/registry.ts';
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
  if (parsed.kind === 'refused') {
    const { issuer, ...asked } = parsed.understood;
    throw invalidRequest(cannot(request), [...parsed.problems, ...(issuer ? problemsOf(issuers.find(issuer, asked)) : [])]);
  }
  const { volumeId, spec } = parsed;
  const problems = problemsOf(issuers.find(spec.issuer, spec.wanted));
  if (problems.length > 0) throw invalidRequest(cannot(request), problems);
  return { volumeId, spec, targetPath: request.targetPath, request: toStored(request) };
}

function problemsOf(found: FoundIssuer): readonly Problem[] {
  return found.kind === 'refused' ? found.problems : [];
}

function cannot({ volumeId }: PublishRequest): string {
  return `Cannot publish volume ${JSON.stringify(volumeId.slice(0, 128))}`;
}
