import { identityService } from '../../proto/load.ts';
import { callUnary } from './unary-call.ts';

/**
 * Asks the driver over its own socket whether it is ready, so that the answer covers all that kubelet depends on.
 * @throws {ServiceError} where nobody answers. @throws `signal.reason` once that is aborted.
 */
export async function probeCsi(socketPath: string, signal: AbortSignal): Promise<boolean> {
  const { ready } = await callUnary({ socketPath, method: identityService.Probe, request: {} }, signal);
  return ready === null || ready.value;
}
