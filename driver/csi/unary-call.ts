import { Client, Metadata, credentials, status } from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';
import { NOT_NEEDED } from '../../node-agent/clock.ts';

/** One call over a Unix socket. */
export interface UnaryCall<Request, Response> {
  readonly socketPath: string;
  readonly method: MethodDefinition<Request, Response>;
  readonly request: Request;
  /** Sent to the server, and kept here too. */
  readonly deadlineAt?: Date;
}

/**
 * Dials, calls and hangs up, as kubelet does for each call.
 * @throws {ServiceError} with the server's code and message. @throws `signal.reason` once that is aborted.
 */
export async function callUnary<Request, Response>(
  { socketPath, method, request, deadlineAt }: UnaryCall<Request, Response>,
  signal: AbortSignal,
): Promise<Response> {
  signal.throwIfAborted();
  // A pool of its own: the shared one remembers, for a while, that nobody answered at an address.
  const client = new Client(`unix:${socketPath}`, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
  const options = deadlineAt === undefined ? {} : { deadline: deadlineAt };
  const ended = new AbortController();
  try {
    return await new Promise<Response>((resolve, reject) => {
      const { path, requestSerialize, responseDeserialize } = method;
      const call = client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        new Metadata(),
        options,
        (error, response) => {
          if (response !== undefined) resolve(response);
          else reject(error?.code === status.CANCELLED && signal.aborted ? signal.reason : error);
        },
      );
      const cancel = () => call.cancel();
      signal.addEventListener('abort', cancel);
      ended.signal.addEventListener('abort', () => signal.removeEventListener('abort', cancel), { once: true });
    });
  } finally {
    ended.abort(NOT_NEEDED);
    client.close();
  }
}
