import type { Problem } from '../errors.ts';
import { record } from '../json-value.ts';
import type { PublishRequest } from '../ports.ts';
import { parsed, refused, type Parsed } from './parsed.ts';
import { SERVICE_ACCOUNT_TOKENS } from './raw-attributes.ts';

/** A bearer token of a pod's service account for the API server. Kept in memory and sent there, never written or told. */
export interface ServiceAccountToken {
  readonly text: string;
  readonly expiresAt: Date;
}

/** The audience that stands for the API server itself (storage.k8s.io/v1 `TokenRequest`). */
const AUDIENCE = '';
/** RFC 6750 section 2.1, "b64token"; Kubernetes' own are some 1,500 characters long. */
const BEARER_TOKEN = /^[A-Za-z0-9._~+/-]{1,16384}={0,2}$/;

/**
 * Reads what kubelet sends for `tokenRequests` of the CSIDriver object: from the secrets where they have it
 * (`serviceAccountTokenInSecrets`, Kubernetes 1.35), else from the volume context. No problem ever shows what was found.
 */
export function parseServiceAccountToken({ attributes, secrets }: PublishRequest): Parsed<ServiceAccountToken> {
  const json = secrets[SERVICE_ACCOUNT_TOKENS] ?? attributes[SERVICE_ACCOUNT_TOKENS];
  if (json === undefined) return refused(problem("kubelet sent no token of the pod's service account"));
  const token = record(record(readJson(json))?.[AUDIENCE]);
  if (token === undefined) return refused(problem('has no token for the audience ""'));
  const { token: text, expirationTimestamp } = token;
  const expiresAt = new Date(typeof expirationTimestamp === 'string' ? expirationTimestamp : Number.NaN);
  if (typeof text !== 'string' || !BEARER_TOKEN.test(text) || Number.isNaN(expiresAt.getTime())) {
    return refused(problem('has something else than a token with its expirationTimestamp for the audience ""'));
  }
  return parsed({ text, expiresAt });
}

function problem(why: string): Problem {
  const cure = 'set tokenRequests: [{audience: ""}] and requiresRepublish: true in the CSIDriver object, which --use-token-request needs';
  return { field: SERVICE_ACCOUNT_TOKENS, why, cure };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
