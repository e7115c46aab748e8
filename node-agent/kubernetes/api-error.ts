import { AgentError } from '../errors.ts';
import { record, text } from '../json-value.ts';

/** What is known of a call to the Kubernetes API that did not succeed. */
export interface ApiFailure {
  /** The HTTP status, or the `code` of a Status object in a watch; absent where no answer came, so that the outcome is unknown. */
  readonly status?: number;
  /** The machine-readable `reason` of the Status object, such as `AlreadyExists`; empty where there is none. */
  readonly reason?: string;
  /** What the server asked to wait before the next call (RFC 9110 section 10.2.3). */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** A call to the Kubernetes API that did not succeed; `issuer-unavailable` to whoever does not look closer. */
export class ApiError extends AgentError {
  readonly status: number | undefined;
  readonly reason: string;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, { status, reason, retryAfterMs, cause }: ApiFailure = {}) {
    super('issuer-unavailable', message, { cause });
    this.status = status;
    this.reason = reason ?? '';
    this.retryAfterMs = retryAfterMs;
  }
}

/** An error as the API's Status object tells it (meta/v1 `Status`), or as well as a body that is none allows. */
export function errorOfStatus(
  couldNot: string,
  body: unknown,
  answer: { readonly status: number; readonly retryAfterMs?: number },
): ApiError {
  const object = record(body);
  const reason = oneLine(text(object?.['reason']));
  const message = oneLine(text(object?.['message']));
  // What answers for a resource it does not know sends no Status object.
  const isUnknown = answer.status === 404 && reason === '';
  const said = isUnknown
    ? 'no such kind of object; is its CustomResourceDefinition installed?'
    : [reason, message].filter((part) => part !== '').join(': ');
  return new ApiError(`${couldNot}: the API server answered ${answer.status}${said === '' ? '' : ` ${said}`}`, { ...answer, reason });
}

/** Whether the version to continue from is no longer known (HTTP 410): the answer is to list anew. */
export function isExpired(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 410 || error.reason === 'Expired' || error.reason === 'Gone');
}

/** Text of somebody else's as one line of at most 800 characters: what an error or a waiting reason has room for. */
export function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is taken out
  const line = text.replaceAll(/[\s\u0000-\u001f\u007f]+/g, ' ').trim();
  return line.length > 800 ? `${line.slice(0, 799)}…` : line;
}
