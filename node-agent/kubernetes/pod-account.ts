import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MINUTE_MS, type Clock } from '../clock.ts';
import { bearer, type Connection, type Credentials } from './connection.ts';
import { KeptAgent } from './kept-agent.ts';

/** Where kubelet puts what a pod needs (Kubernetes, "Accessing the Kubernetes API from a Pod"). */
const FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The API server of the cluster whose pod we are, as its service account; no call is made.
 * @param folder has the account's `token` and `ca.crt`.
 */
export function openPodAccount(server: string, clock: Clock, folder: string = FOLDER): Connection {
  const account = new Account(clock, folder);
  return {
    server: new URL(server),
    async credentials(token) {
      const ours = await account.read();
      return token === undefined ? ours : { agent: ours.agent, headers: bearer(token) };
    },
    close: () => account.close(),
  };
}

/** The account's files, read again once a minute: kubelet exchanges the token long before it ends. */
class Account {
  readonly #clock: Clock;
  readonly #folder: string;
  readonly #agents = new KeptAgent();
  #reading: Promise<Credentials> | undefined;
  #readAtMs = 0;

  constructor(clock: Clock, folder: string) {
    this.#clock = clock;
    this.#folder = folder;
  }

  /** Calls of the same minute share one reading; one that failed is not kept. */
  read(): Promise<Credentials> {
    const nowMs = this.#clock.now().getTime();
    if (this.#reading === undefined || Math.abs(nowMs - this.#readAtMs) >= MINUTE_MS) {
      this.#readAtMs = nowMs;
      const reading = this.#readFiles();
      this.#reading = reading;
      reading.catch(() => {
        if (this.#reading === reading) this.#reading = undefined;
      });
    }
    return this.#reading;
  }

  close(): void {
    this.#agents.close();
  }

  async #readFiles(): Promise<Credentials> {
    const [token, ca] = await Promise.all([this.#readFile('token'), this.#readFile('ca.crt')]);
    return { agent: this.#agents.for({ ca }), headers: bearer(token.trim()) };
  }

  #readFile(name: string): Promise<string> {
    return readFile(join(this.#folder, name), 'utf8');
  }
}
