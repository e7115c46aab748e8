import type { Agent, RequestOptions } from 'node:https';
import { KubeConfig, type Cluster } from '@kubernetes/client-node';
import type { Problem } from '../errors.ts';
import { bearer, cannotReach, type Connection, type Credentials } from './connection.ts';
import { KeptAgent } from './kept-agent.ts';

/**
 * Reads a kubeconfig; no call is made.
 * @param context in place of its current one.
 * @throws {AgentError} `misconfigured` that names the flag and the cure.
 */
export function openKubeconfig(file: string, context?: string): Connection {
  const config = loadConfig(file, context);
  const { url, cluster } = serverOf(config, file);
  const [ours, nobodys] = [new Reader(config), new Reader(withoutUser(cluster))];
  return {
    server: url,
    async credentials(token) {
      if (token === undefined) return ours.read();
      const { agent } = await nobodys.read();
      return { agent, headers: bearer(token) };
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
  readonly #agents = new KeptAgent();
  #reading: Promise<Credentials> | undefined;

  constructor(config: KubeConfig) {
    this.#config = config;
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
  // The library's agent keeps no connection, unless it is that of a proxy.
  const hasProxy = config.getCurrentCluster()?.proxyUrl !== undefined;
  return { agent: hasProxy ? (options.agent as Agent) : agents.for(options), headers };
}

function loadConfig(file: string, context: string | undefined): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromFile(file);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw cannotReach({ field: '--kubeconfig', value: file, why, cure: 'name a readable kubeconfig file' });
  }
  if (context !== undefined) {
    if (config.getContextObject(context) === null) throw cannotReach(unknownContext(config, context));
    config.setCurrentContext(context);
  }
  return config;
}

function serverOf(config: KubeConfig, file: string): { readonly url: URL; readonly cluster: Cluster } {
  const cluster = config.getCurrentCluster();
  const server = cluster?.server;
  const url = server === undefined ? null : URL.parse(server);
  if (cluster !== null && url?.protocol === 'https:') return { url, cluster };
  const why = server === undefined ? 'its current context has no cluster' : `its server ${JSON.stringify(server)} is no https URL`;
  throw cannotReach({ field: '--kubeconfig', value: file, why, cure: 'name a context with --context, and an https server in it' });
}

function unknownContext(config: KubeConfig, context: string): Problem {
  const known = config.getContexts().map(({ name }) => JSON.stringify(name));
  const cure = known.length === 0 ? 'name a kubeconfig file that has it' : `write one of ${known.join(', ')}`;
  return { field: '--context', value: context, why: 'the kubeconfig has no such context', cure };
}
