import { Agent, type AgentOptions } from 'node:https';
import { isDeepStrictEqual } from 'node:util';

/** What of TLS a connection to an API server may need. */
export type TlsSettings = Pick<AgentOptions, 'ca' | 'cert' | 'key' | 'passphrase' | 'servername' | 'rejectUnauthorized'>;

/** One keep-alive agent for as long as the TLS settings stay the same: a handshake a call would cost more than the call. */
export class KeptAgent {
  #settings: AgentOptions | undefined;
  #agent: Agent | undefined;

  for({ ca, cert, key, passphrase, servername, rejectUnauthorized }: TlsSettings): Agent {
    const given = { ca, cert, key, passphrase, servername, rejectUnauthorized };
    const settings: AgentOptions = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    if (this.#agent !== undefined && isDeepStrictEqual(settings, this.#settings)) return this.#agent;
    this.close();
    this.#settings = settings;
    // `timeout` closes connections that nobody has used for a minute, before the server does; it does not limit calls.
    this.#agent = new Agent({ ...settings, keepAlive: true, keepAliveMsecs: 15_000, timeout: 60_000, scheduling: 'lifo' });
    return this.#agent;
  }

  /** Calls under way keep their connection. */
  close(): void {
    for (const socket of Object.values(this.#agent?.freeSockets ?? {}).flat()) socket?.destroy();
  }
}
