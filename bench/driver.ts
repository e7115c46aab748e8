import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from '../build.ts';
import { Kubelet, type InlineVolume } from '../demo/kubelet.ts';
import { CONTAINER_CONFIG } from '../image/image-config.ts';
import { mount, MS_BIND } from '../node-agent/volume/kernel.ts';
import { ownLoopback } from '../test/support/own-loopback.ts';
import { CsiCalls } from './csi-calls.ts';
import type { Stage } from './stage.ts';
import { readUsage, type ProcessUsage } from './usage.ts';

/** Where a pod finds its account. */
const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** How it is started, if not as installed. */
export interface DriverOptions {
  /** A module that is loaded first, and that messages can be sent to. */
  readonly preload?: string;
  /** Default 1, as installed. */
  readonly logLevel?: number;
}

/** The bundle as the image runs it, in a pod as far as it can see: by the flags of V8 and the files of its account. */
export class BenchDriver {
  readonly kubelet: Kubelet;
  /** What kubelet calls, for its durations. */
  readonly calls: CsiCalls;
  readonly process: ChildProcess;
  /** What it has logged so far. */
  readonly log: readonly string[];
  /** From the start of the process until it told kubelet that it is ready. */
  readonly readyAfterMs: number;
  readonly #metricsUrl: string;

  private constructor(started: Pick<BenchDriver, 'kubelet' | 'calls' | 'process' | 'log' | 'readyAfterMs'>, metricsAddress: string) {
    this.kubelet = started.kubelet;
    this.calls = started.calls;
    this.process = started.process;
    this.log = started.log;
    this.readyAfterMs = started.readyAfterMs;
    this.#metricsUrl = `http://${metricsAddress}/metrics`;
  }

  /** Builds the bundle and lays out the account, once a run. */
  static async prepare({ folder, api }: Stage): Promise<void> {
    await build({ entry: 'driver/main.ts', outputDirectory: join(folder, 'dist'), hasSourceMap: true });
    mkdirSync(ACCOUNT, { recursive: true });
    mount(api.accountFolder, ACCOUNT, null, MS_BIND, null);
    mkdirSync(nodeFolder(folder));
    mount('node', nodeFolder(folder), 'tmpfs', 0, 'mode=755');
  }

  /** Starts the driver, which ends with the stage; what an earlier one has left there is resumed. */
  static async start(stage: Stage, { preload, logLevel = 1 }: DriverOptions = {}): Promise<BenchDriver> {
    const { folder, api } = stage;
    const socketPath = join(folder, 'csi.sock');
    const metricsAddress = `${ownLoopback()}:9402`;
    const flags = [
      '--node-id=bench',
      `--endpoint=unix://${socketPath}`,
      `--data-root=${join(nodeFolder(folder), 'data')}`,
      '--registration-dir=',
      '--health-bind-address=0',
      '--admin-bind-address=0',
      `--metrics-bind-address=${metricsAddress}`,
      `--log-level=${logLevel}`,
    ];
    const [, ...entry] = CONTAINER_CONFIG.Entrypoint;
    const first = preload === undefined ? [] : [`--import=${preload}`];
    const startedAtMs = performance.now();
    const child = spawn(process.execPath, [...entry.slice(0, -1), ...first, join(folder, 'dist/driver.mjs'), ...flags], {
      stdio: ['ignore', 'ignore', 'pipe', ...(preload === undefined ? [] : (['ipc'] as const))],
      env: {
        ...Object.fromEntries(CONTAINER_CONFIG.Env.map((line) => line.split('='))),
        KUBERNETES_SERVICE_HOST: '127.0.0.1',
        KUBERNETES_SERVICE_PORT: String(api.port),
      },
    });
    stage.use({ [Symbol.asyncDispose]: () => end(child, 'SIGTERM') });
    const log = await serving(child);
    const kubelet = new Kubelet({ socketPath, rootDir: join(nodeFolder(folder), 'kubelet') });
    if (!(await kubelet.probe())) throw new Error('The driver serves, but says that it is not ready');
    const calls = stage.use(new CsiCalls(stage, kubelet));
    return new BenchDriver({ kubelet, calls, process: child, log, readyAfterMs: performance.now() - startedAtMs }, metricsAddress);
  }

  usage(): Promise<ProcessUsage> {
    return readUsage(this.process.pid ?? 0);
  }

  async metrics(): Promise<string> {
    return (await fetch(this.#metricsUrl)).text();
  }

  /** Ends it as a crash does. */
  kill(): Promise<void> {
    return end(this.process, 'SIGKILL');
  }
}

/**
 * Where data root and kubelet's directories are: on a tmpfs. An ext4 without a journal, as small virtual machines have it, does not give an inode
 * again for minutes after it was freed, and looks at each of those when it makes a directory, so that bursts would slow down those after them.
 */
function nodeFolder(folder: string): string {
  return join(folder, 'node');
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

/** Resolves with the lines of the log, which grow on, once one of them says so. */
async function serving(child: ChildProcess): Promise<readonly string[]> {
  if (child.stderr === null) throw new Error('The driver has no standard error');
  const lines: string[] = [];
  const reader = createInterface({ input: child.stderr });
  await new Promise<void>((resolve, reject) => {
    reader.on('line', (line) => {
      lines.push(line);
      if (line.includes('"message":"serving"')) resolve();
    });
    child.once('exit', (code) => reject(new Error(`The driver ended with ${code}: ${lines.join('\n')}`)));
  });
  return lines;
}

/** A volume of a pod of its own. */
export function benchVolume(pod: string, key: 'ECDSA' | 'RSA', attributes: Readonly<Record<string, string>> = {}): InlineVolume {
  const size = key === 'RSA' ? { 'csi.cert-manager.io/key-size': '2048' } : {};
  return {
    pod: { namespace: 'default', name: pod, uid: `uid-of-${pod}`, serviceAccount: 'default' },
    name: 'tls',
    attributes: {
      'csi.cert-manager.io/issuer-name': 'bench',
      'csi.cert-manager.io/key-algorithm': key,
      ...size,
      'csi.cert-manager.io/dns-names': '${POD_NAME}.bench.example',
      ...attributes,
    },
  };
}
