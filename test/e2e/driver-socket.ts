import { join } from 'node:path';
import type { MethodDefinition } from '@grpc/proto-loader';
import { callUnary } from '../../driver/csi/unary-call.ts';
import { STATE } from '../cluster/folders.ts';

/** The driver's socket below kubelet's folder. */
export const SOCKET = 'plugins/cert-manager-csi-driver/csi.sock';
/** kubelet's folder as the node sees it. */
export const KUBELET_INSIDE = '/var/lib/kubelet';
/** kubelet's folder as we see it, past the node's mounts. */
export const KUBELET = join(STATE, 'kubelet');

/** Calls the driver on our own node by its socket, as kubelet and sidecars do. @throws {ServiceError} */
export function callDriver<Request, Answer>(
  method: MethodDefinition<Request, Answer>,
  request: Request,
  timeoutMs: number,
): Promise<Answer> {
  const deadlineAt = new Date(Date.now() + timeoutMs);
  return callUnary({ socketPath: join(KUBELET, SOCKET), method, request, deadlineAt }, new AbortController().signal);
}
