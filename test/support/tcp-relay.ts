import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer as createTlsServer } from 'node:https';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { writeKubeconfig } from './kubeconfig-file.ts';
import type { KubeconfigFile } from './kubeconfig-file.ts';
import { makeTlsIdentity } from './tls-identity.ts';

/**
 * What becomes of connections: passed on; taken, and then nothing is read or said, for good; or ended by a server whose certificate
 * nobody trusts.
 */
export type RelayMode = 'pass' | 'mute' | 'foreign';

/** A relay below TLS in front of an API server: what goes wrong with connections, and not with calls, goes wrong in it. */
export class TcpRelay {
  /** The kubeconfig file by which the API is reached through the relay. */
  readonly kubeconfig: string;
  #mode: RelayMode = 'pass';
  readonly #sockets = new Set<Socket>();
  readonly #ports: Readonly<Record<'pass' | 'foreign', number>>;
  readonly #close: () => Promise<void>;

  private constructor(kubeconfig: string, ports: Readonly<Record<'pass' | 'foreign', number>>, close: () => Promise<void>) {
    this.kubeconfig = kubeconfig;
    this.#ports = ports;
    this.#close = close;
  }

  static async start(upstreamKubeconfig: string): Promise<TcpRelay> {
    const upstream = JSON.parse(await readFile(upstreamKubeconfig, 'utf8'));
    const [{ cluster }] = upstream.clusters;
    const [{ user }] = upstream.users;
    const identity = { cert: decode(user['client-certificate-data']), key: decode(user['client-key-data']) };
    const foreign = createTlsServer(await makeTlsIdentity()).listen(0, '127.0.0.1');
    const front = createServer().listen(0, '127.0.0.1');
    await Promise.all([once(foreign, 'listening'), once(front, 'listening')]);
    const kubeconfig: KubeconfigFile = await writeKubeconfig(
      `https://127.0.0.1:${portOf(front)}`,
      decode(cluster['certificate-authority-data']),
      identity,
    );
    const ports = { pass: Number(new URL(cluster.server).port), foreign: portOf(foreign) };
    const relay = new TcpRelay(kubeconfig.path, ports, async () => {
      front.close();
      foreign.close();
      foreign.closeAllConnections();
      await kubeconfig.remove();
    });
    front.on('connection', (socket) => relay.#take(socket));
    return relay;
  }

  /** From now on, and for the connections that are there: `mute` lets them hang for good, `foreign` closes them. */
  set mode(mode: RelayMode) {
    this.#mode = mode;
    for (const socket of this.#sockets) {
      if (mode === 'mute') hang(socket);
      else if (mode === 'foreign') socket.destroy();
    }
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await this.#close();
  }

  #take(socket: Socket): void {
    this.#keep(socket);
    if (this.#mode === 'mute') {
      hang(socket);
      return;
    }
    const inner = connect(this.#ports[this.#mode], '127.0.0.1');
    this.#keep(inner);
    socket.pipe(inner).pipe(socket);
    socket.on('close', () => inner.destroy());
    inner.on('close', () => socket.destroy());
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
  }
}

/** Nothing comes through in either direction, and nobody is told. */
function hang(socket: Socket): void {
  socket.unpipe();
  socket.pause();
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

function portOf(server: { address(): unknown }): number {
  return (server.address() as AddressInfo).port;
}
