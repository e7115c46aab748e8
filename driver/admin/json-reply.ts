import { textReply, type Reply } from '../http/routes.ts';
import type { Refusal } from './answers.ts';

/** An answer as JSON (RFC 8259). */
export function jsonReply(status: number, answer: object): Reply {
  return { ...textReply(status, JSON.stringify(answer)), contentType: 'application/json; charset=utf-8' };
}

/** Why a request is not served. */
export function refuse(status: number, error: string): Reply {
  return jsonReply(status, { error } satisfies Refusal);
}
