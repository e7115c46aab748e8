import { status } from '@grpc/grpc-js';
import { AgentError } from '../../node-agent/errors.ts';
import type { AgentErrorCode } from '../../node-agent/errors.ts';
import { escapeUnsafe } from '../report/unsafe-characters.ts';

/** How a call ended: a gRPC code and, unless it is OK, the message for kubelet's event on the pod. */
export interface CallStatus {
  readonly code: status;
  readonly message: string;
}

/** The only table from our codes to gRPC's (CSI spec, "Error Scheme"). To kubelet ABORTED, RESOURCE_EXHAUSTED and UNAVAILABLE mean that it may retry. */
const STATUS_OF = {
  'invalid-request': status.INVALID_ARGUMENT,
  misconfigured: status.INTERNAL,
  'volume-differs': status.ALREADY_EXISTS,
  'target-differs': status.FAILED_PRECONDITION,
  'volume-unknown': status.NOT_FOUND,
  'volume-busy': status.ABORTED,
  'issuance-aborted': status.ABORTED,
  'issuance-pending': status.UNAVAILABLE,
  'token-expired': status.UNAVAILABLE,
  'request-failed': status.UNAVAILABLE,
  'request-deleted': status.UNAVAILABLE,
  'certificate-refused': status.UNAVAILABLE,
  'issuer-unavailable': status.UNAVAILABLE,
  'request-denied': status.PERMISSION_DENIED,
  'disk-full': status.RESOURCE_EXHAUSTED,
  'not-permitted': status.INTERNAL,
  'disk-failed': status.INTERNAL,
  'state-corrupt': status.INTERNAL,
} as const satisfies Record<AgentErrorCode, status>;

/** Bytes of the `grpc-message` header as sent: HTTP/2 peers bound all headers together, many at 8 or 16 KiB. */
const MAX_MESSAGE_BYTES = 4_096;

/** What kubelet is told of a failure. An error that is no `AgentError` is a bug, whose own words may hold anything: they stay here. */
export function statusOfError(error: unknown): CallStatus {
  if (error instanceof AgentError) return { code: STATUS_OF[error.code], message: boundedMessage(error.message) };
  return { code: status.INTERNAL, message: "Internal error of the driver; its log has the details, under this call's volume id" };
}

/**
 * `text` as gRPC can carry it and a terminal show it, since kubelet makes an event of it: well-formed, control and format characters
 * escaped, cut to 4 KiB of percent-encoding, which triples each byte that is not printable ASCII.
 */
export function boundedMessage(text: string): string {
  const ellipsis = '…';
  const roomBytes = MAX_MESSAGE_BYTES - encodeURI(ellipsis).length;
  let kept = '';
  let bytes = 0;
  // @grpc/grpc-js encodes by encodeURI, which throws on a lone surrogate.
  for (const character of escapeUnsafe(text.slice(0, MAX_MESSAGE_BYTES).toWellFormed())) {
    bytes += encodeURI(character).length;
    if (bytes > roomBytes) return kept + ellipsis;
    kept += character;
  }
  return kept;
}
