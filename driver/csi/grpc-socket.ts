import type { Socket } from 'node:net';
import { Server, ServerCredentials, status } from '@grpc/grpc-js';
import type { ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import { NOT_NEEDED, type Clock } from '../../node-agent/clock.ts';
import { openPrivateSocket } from './private-socket.ts';
import { Interruption } from './rpc.ts';
import type { CallEnvironment, CallReporting } from './rpc.ts';

/** gRPC services on a Unix socket of mode 0600. */
export interface GrpcSocket {
  /** Whether the socket's path still leads here. */
  isInPlace(): Promise<boolean>;
  /**
   * Removes the socket, lets calls in flight end for `graceMs`, then interrupts them, and cuts off those that do not heed.
   * Ends once every connection is closed.
   */
  close(graceMs: number): Promise<void>;
}

/** A service and the functions that answer for it, made once their calls can be interrupted. */
export interface GrpcService {
  readonly definition: ServiceDefinition;
  readonly implement: (environment: CallEnvironment) => UntypedServiceImplementation;
}

/** What an interrupted call is given to answer in before its connection is cut. */
const ANSWER_MS = 1_000;

/** @throws {AgentError} `disk-failed`, see {@link openPrivateSocket}. */
export async function openGrpcSocket(path: string, services: readonly GrpcService[], reporting: CallReporting): Promise<GrpcSocket> {
  const interrupted = new AbortController();
  const server = new Server({ 'grpc.enable_channelz': 0 });
  for (const { definition, implement } of services) {
    server.addService(definition, implement({ ...reporting, shutdown: interrupted.signal }));
  }
  // The library can listen by itself, but then with the mode and under the name of its choice.
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const connections = new Map<Socket, Promise<unknown>>();
  const socket = await openPrivateSocket(path, (connection) => {
    const closed = new Promise<void>((resolve) => connection.once('close', () => resolve()));
    connections.set(connection, closed);
    void closed.then(() => connections.delete(connection));
    injector.injectConnection(connection);
  });
  return {
    isInPlace: () => socket.isInPlace(),
    async close(graceMs) {
      await socket.close();
      // Ends each connection after its last call. What it reports comes early: node:http2 closes the sessions of a server that
      // is closed, and the library takes a session that began to close for one that is closed.
      server.tryShutdown(() => undefined);
      const drained = Promise.all(connections.values());
      if (await settlesWithin(drained, graceMs, reporting.clock)) return;
      interrupted.abort(new Interruption(status.UNAVAILABLE, 'The driver is shutting down; call again'));
      if (await settlesWithin(drained, ANSWER_MS, reporting.clock)) return;
      for (const connection of connections.keys()) connection.destroy();
      await drained;
    },
  };
}

async function settlesWithin(work: Promise<unknown>, limitMs: number, clock: Clock): Promise<boolean> {
  const settled = new AbortController();
  const late = clock.sleep(limitMs, settled.signal).then(
    () => false,
    () => true,
  );
  const isSettled = await Promise.race([work.then(() => true), late]);
  settled.abort(NOT_NEEDED);
  return isSettled;
}
