/** Every way an operation of the agent can fail, as far as it can be expected; anything else is a bug. */
export type AgentErrorCode =
  /** The request is wrong; its problems are listed in the message. */
  | 'invalid-request'
  /** What the driver was started with is wrong (flags, kubeconfig, CA folder); the problems are listed in the message. Never the end of a call. */
  | 'misconfigured'
  /** The volume is mounted with other attributes, another capability or another read-only flag. */
  | 'volume-differs'
  /** The volume is mounted at another target path. */
  | 'target-differs'
  /** There is no such volume, or not at that path. */
  | 'volume-unknown'
  /** Another operation on the volume is under way that cannot be joined. */
  | 'volume-busy'
  /** The issuance was ended by an unpublish or by the end of the process. */
  | 'issuance-aborted'
  /** The caller stopped waiting; the issuance goes on. */
  | 'issuance-pending'
  /** The token that kubelet sent has expired; it sends another one. */
  | 'token-expired'
  /** An approver denied the request. */
  | 'request-denied'
  /** The issuer declared the request failed. */
  | 'request-failed'
  /** Somebody deleted the request, as a rule since its pod is gone. */
  | 'request-deleted'
  /** The issuer cannot be reached or does not work. */
  | 'issuer-unavailable'
  /** What the issuer returned must not be given to a pod. */
  | 'certificate-refused'
  /** No space or no inode is left. */
  | 'disk-full'
  /** The kernel refuses for want of a privilege. */
  | 'not-permitted'
  /** Any other failure of a file or mount operation. */
  | 'disk-failed'
  /** Stored state cannot be read back. */
  | 'state-corrupt';

/** An expected failure: a code to act on and a message to read (style: what could not be done, then why, values quoted). */
export class AgentError extends Error {
  override readonly name = 'AgentError';
  readonly code: AgentErrorCode;

  constructor(code: AgentErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** One thing wrong with a request or a flag: where, what was found, why it is wrong and what to write instead. */
export interface Problem {
  readonly field: string;
  /** What was found; absent where there was nothing, or where it is a secret. */
  readonly value?: string;
  readonly why: string;
  readonly cure: string;
}

/** `field "value": why; cure`, values shortened to 100 characters and escaped as JSON, so that a message stays one line. */
export function describeProblem({ field, value, why, cure }: Problem): string {
  const shown = value === undefined ? '' : ` ${JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value)}`;
  return `${field}${shown}: ${why}; ${cure}`;
}

/** @returns an `invalid-request` error that lists all `problems`, after what could not be done. */
export function invalidRequest(couldNot: string, problems: readonly Problem[]): AgentError {
  return new AgentError('invalid-request', listed(couldNot, problems));
}

/** @returns a `misconfigured` error that lists all `problems`, after what could not be done. */
export function misconfigured(couldNot: string, problems: readonly Problem[]): AgentError {
  return new AgentError('misconfigured', listed(couldNot, problems));
}

function listed(couldNot: string, problems: readonly Problem[]): string {
  return `${couldNot}: ${problems.map(describeProblem).join(' | ')}`;
}
