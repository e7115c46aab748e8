import type { Agent } from 'node:https';
import { misconfigured, type Problem } from '../errors.ts';

/** What one request to the API server is sent with. */
export interface Credentials {
  readonly agent: Agent;
  readonly headers: Readonly<Record<string, string>>;
}

/** The way to one API server. */
export interface Connection {
  readonly server: URL;
  /**
   * Up to date at every call: rotated token files (within a minute), exec plugins, exchanged CA files and client certificates.
   * With a bearer token of somebody else's, that is all there is of credentials: no header and no client certificate of ours.
   */
  credentials(token?: string): Promise<Credentials>;
  /** Closes the connections that are kept alive. */
  close(): void;
}

/** The header of a call with a bearer token (RFC 6750 section 2.1). */
export function bearer(token: string): Readonly<Record<string, string>> {
  return { Authorization: `Bearer ${token}` };
}

/** @returns an `AgentError` `misconfigured` on why there is no way to an API server. */
export function cannotReach(problem: Problem): Error {
  return misconfigured('Cannot reach Kubernetes', [problem]);
}
