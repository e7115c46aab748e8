import { identityService, nodeService } from '../../proto/load.ts';
import { openGrpcSocket } from './grpc-socket.ts';
import type { GrpcSocket } from './grpc-socket.ts';
import { implementIdentity } from './identity.ts';
import type { Identity } from './identity.ts';
import { implementNode } from './node.ts';
import type { Node } from './node.ts';
import type { CallReporting } from './rpc.ts';

/** Where to serve CSI, and all that its two services need. */
export interface CsiServerOptions extends Identity, Node, CallReporting {
  readonly socketPath: string;
}

/** kubelet's door: serves Identity and Node at `socketPath`. @throws {AgentError} `disk-failed` when it cannot. */
export function startCsiServer(options: CsiServerOptions): Promise<GrpcSocket> {
  return openGrpcSocket(
    options.socketPath,
    [
      { definition: identityService, implement: (environment) => implementIdentity(options, environment) },
      { definition: nodeService, implement: (environment) => implementNode(options, environment) },
    ],
    options,
  );
}
