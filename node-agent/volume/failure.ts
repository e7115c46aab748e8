import { AgentError } from '../errors.ts';
import type { Failure } from '../events.ts';

/** What may be told of an error: ours in full; of anything else only its class, since its message might quote what it worked on. */
export function toFailure(error: unknown): Failure {
  if (error instanceof AgentError) return { code: error.code, message: error.message };
  return { code: 'bug', message: error instanceof Error ? error.name : typeof error };
}
