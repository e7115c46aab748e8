import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { readRules } from '../monitoring/rules.ts';
import { startKubectl } from './cluster-access.ts';
import { driverPods } from './driver-pods.ts';
import { DRIVER_NAMESPACE } from './install.ts';
import { waitFor } from './wait.ts';
import { ownLoopback } from '../support/own-loopback.ts';

/** A series of a query's answer; an instant one has one value (HTTP API, "Expression query result formats"). */
export interface Answer {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [atSeconds: number, value: string])[];
}

/** The spans of time that a query is asked for, in Unix seconds. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** A Prometheus on this machine that scrapes the drivers of the cluster once a second and judges the alerts of manifests/monitoring. */
export class Prometheus {
  readonly #url: string;
  readonly #processes: readonly ChildProcess[];
  readonly #folder: string;

  private constructor(url: string, processes: readonly ChildProcess[], folder: string) {
    this.#url = url;
    this.#processes = processes;
    this.#folder = folder;
  }

  /** Starts it and waits until it has scraped every driver. @throws {Error} where there is no Prometheus on this machine. */
  static async start(): Promise<Prometheus> {
    const folder = await mkdtemp(join(tmpdir(), 'podcert-prometheus-'));
    const proxy = startKubectl(['proxy', '--port=0']);
    const address = `${ownLoopback()}:9090`;
    const processes: ChildProcess[] = [proxy];
    const prometheus = new Prometheus(`http://${address}`, processes, folder);
    try {
      await writeFile(join(folder, 'rules.yaml'), JSON.stringify(readRules()));
      await writeFile(join(folder, 'prometheus.yaml'), JSON.stringify(await configOf(await proxyAddress(proxy))));
      const files = [`--config.file=${join(folder, 'prometheus.yaml')}`, `--storage.tsdb.path=${join(folder, 'data')}`];
      const child = spawn('prometheus', [...files, `--web.listen-address=${address}`, '--log.level=warn'], { stdio: 'inherit' });
      processes.push(child);
      await spawned(child);
      const drivers = (await driverPods()).length;
      await waitFor('a first scrape of every driver', DRIVER_NAMESPACE, 30_000, async () =>
        (await prometheus.query('up == 1')).length === drivers ? true : undefined,
      );
      return prometheus;
    } catch (error) {
      await prometheus.stop();
      throw error;
    }
  }

  /** What stands at a path of its HTTP API. @throws {Error} with what it says is wrong. */
  async get<Data>(path: string, parameters: Readonly<Record<string, string>> = {}): Promise<Data> {
    const response = await fetch(`${this.#url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
    const { status, data, error } = (await response.json()) as { status: string; data: Data; error?: string };
    if (status !== 'success') throw new Error(`${path} ${JSON.stringify(parameters)}: ${error}`);
    return data;
  }

  /** @returns the series as they are now. */
  async query(query: string): Promise<readonly Answer[]> {
    const { result } = await this.get<{ result: { metric: Answer['metric']; value: Answer['values'][number] }[] }>('query', { query });
    return result.map(({ metric, value }) => ({ metric, values: [value] }));
  }

  /** @returns the series over a time. */
  async queryRange(query: string, { start, end, step }: Span): Promise<readonly Answer[]> {
    return (await this.get<{ result: Answer[] }>('query_range', { query, start: `${start}`, end: `${end}`, step: `${step}` })).result;
  }

  /** What it counts of itself. */
  async metrics(): Promise<string> {
    return (await fetch(`${this.#url}/metrics`)).text();
  }

  async stop(): Promise<void> {
    for (const child of this.#processes) {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) continue;
      const closed = once(child, 'close');
      child.kill('SIGKILL');
      await closed;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** The drivers as a PodMonitor would have them, but reached through the API server. */
async function configOf(proxy: string): Promise<object> {
  const pods = await driverPods();
  const targets = pods.map(({ metadata: { name }, status: { podIP } }) => ({
    targets: [proxy],
    labels: {
      instance: `${podIP}:9402`,
      pod: name,
      __metrics_path__: `/api/v1/namespaces/${DRIVER_NAMESPACE}/pods/${name}:9402/proxy/metrics`,
    },
  }));
  return {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: ['rules.yaml'],
    scrape_configs: [{ job_name: `${DRIVER_NAMESPACE}/podcert`, static_configs: targets }],
  };
}

async function proxyAddress({ stdout }: ReturnType<typeof startKubectl>): Promise<string> {
  for await (const line of createInterface(stdout)) {
    const [, address] = /^Starting to serve on (\S+)$/.exec(line) ?? [];
    if (address !== undefined) return address;
  }
  throw new Error('kubectl proxy ended');
}

async function spawned(child: ChildProcess): Promise<void> {
  try {
    await once(child, 'spawn');
  } catch (error) {
    throw new Error("There is no prometheus: install Debian's package of that name", { cause: error });
  }
}
