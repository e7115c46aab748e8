import { Agent, type AgentOptions, type RequestOptions } from 'node:https';
import { isDeepStrictEqual } from 'node:util';
import { KubeConfig, type Cluster } from '@kubernetes/client-node';
import { misconfigured, type Problem } from '../errors.ts';

/** Where the API server is said to be. */
export interface ConnectionOptions {
  /** A kubeconfig file; without one, the account of the pod we run in. */
  readonly kubeconfig?: string;
  /** A context of the kubeconfig file instead of its current one. */
  readonly context?: string;
}

/** What one request to the API server is sent with. */
export interface Credentials {
  readonly agent: Agent;
  readonly headers: Readonly<Record<string, string>>;
}

/** The way to one API server. */
export interface Connection {
  readonly server: URL;
  /**
   * Up to date at every call: rotated token files (within a minute), exec plugins, exchanged CA files and client certificates.
   * With a bearer token of somebody else's, that is all there is of credentials: no header and no client certificate of ours.
   */
  credentials(token?: string): Promise<Credentials>;
  /** Closes the connections that are kept alive. */
  close(): void;
}

/**
 * Reads a kubeconfig, or the configuration of the pod we run in; no call is made.
 * @throws {AgentError} `misconfigured` that names the flag and the cure.
 */
export function openConnection(options: ConnectionOptions): Connection {
  const config = loadConfig(options);
  const { url, cluster } = serverOf(config, options);
  const [ours, nobodys] = [new Reader(config), new Reader(withoutUser(cluster))];
  return {
    server: url,
    async credentials(token) {
      if (token === undefined) return ours.read();
      const { agent } = await nobodys.read();
      return { agent, headers: { Authorization: `Bearer ${token}` } };
    },
    close() {
      for (const reader of [ours, nobodys]) reader.close();
    },
  };
}

/** The same server and CA for nobody in particular. */
function withoutUser(cluster: Cluster): KubeConfig {
  const config = new KubeConfig();
  config.loadFromClusterAndUser(cluster, { name: 'nobody' });
  return config;
}

/** Reads credentials at every call. Calls that come together share one reading: an exec plugin must not be started once for each of them. */
class Reader {
  readonly #config: KubeConfig;
  readonly #agents: KeptAgent;
  #reading: Promise<Credentials> | undefined;

  constructor(config: KubeConfig) {
    this.#config = config;
    this.#agents = new KeptAgent(config.getCurrentCluster()?.proxyUrl !== undefined);
  }

  read(): Promise<Credentials> {
    return (this.#reading ??= read(this.#config, this.#agents).finally(() => (this.#reading = undefined)));
  }

  close(): void {
    this.#agents.close();
  }
}

async function read(config: KubeConfig, agents: KeptAgent): Promise<Credentials> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name] = String(value).trim();
  if (typeof options.auth === 'string') headers['Authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  return { agent: agents.for(options), headers };
}

/** One agent for as long as the TLS settings stay the same: client-node makes one without keep-alive, and never renews it. */
class KeptAgent {
  readonly #hasProxy: boolean;
  #settings: AgentOptions | undefined;
  #agent: Agent | undefined;

  constructor(hasProxy: boolean) {
    this.#hasProxy = hasProxy;
  }

  for({ agent, ca, cert, key, passphrase, servername, rejectUnauthorized }: RequestOptions): Agent {
    // A proxy's agent is the library's own; it opens a connection a call.
    if (this.#hasProxy) return agent as Agent;
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

function loadConfig({ kubeconfig, context }: ConnectionOptions): KubeConfig {
  const config = new KubeConfig();
  try {
    if (kubeconfig === undefined) config.loadFromCluster();
    else config.loadFromFile(kubeconfig);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw cannotReach({ field: '--kubeconfig', ...valued(kubeconfig), why, cure: 'name a readable kubeconfig file' });
  }
  if (context !== undefined) {
    if (config.getContextObject(context) === null) throw cannotReach(unknownContext(config, context));
    config.setCurrentContext(context);
  }
  return config;
}

function serverOf(config: KubeConfig, { kubeconfig }: ConnectionOptions): { readonly url: URL; readonly cluster: Cluster } {
  const cluster = config.getCurrentCluster();
  const server = cluster?.server;
  const url = server === undefined ? null : URL.parse(server);
  if (cluster !== null && url?.protocol === 'https:') return { url, cluster };
  if (kubeconfig === undefined) {
    const why = 'this process does not run in a pod with a service account';
    throw cannotReach({ field: '--kubeconfig', why, cure: 'name a kubeconfig file' });
  }
  const why = server === undefined ? 'its current context has no cluster' : `its server ${JSON.stringify(server)} is no https URL`;
  throw cannotReach({ field: '--kubeconfig', value: kubeconfig, why, cure: 'name a context with --context, and an https server in it' });
}

function unknownContext(config: KubeConfig, context: string): Problem {
  const known = config.getContexts().map(({ name }) => JSON.stringify(name));
  const cure = known.length === 0 ? 'name a kubeconfig file that has it' : `write one of ${known.join(', ')}`;
  return { field: '--context', value: context, why: 'the kubeconfig has no such context', cure };
}

function valued(value: string | undefined): { readonly value?: string } {
  return value === undefined ? {} : { value };
}

function cannotReach(problem: Problem): Error {
  return misconfigured('Cannot reach Kubernetes', [problem]);
}
