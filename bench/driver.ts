import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from '../build.ts';
import { Kubelet, type InlineVolume } from '../demo/kubelet.ts';
import { CONTAINER_CONFIG } from '../image/image-config.ts';
import { mount, MS_BIND } from '../node-agent/volume/kernel.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import { readUsage, type ProcessUsage } from './usage.ts';

/** Where a pod finds its account. */
const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The bundle as the image runs it, in a pod as far as it can see: by the flags of V8 and the files of its account. */
export class BenchDriver implements AsyncDisposable {
  readonly kubelet: Kubelet;
  readonly pid: number;
  /** From the start of the process until it served kubelet. */
  readonly readyAfterMs: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, kubelet: Kubelet, readyAfterMs: number) {
    this.#child = child;
    this.kubelet = kubelet;
    this.readyAfterMs = readyAfterMs;
    this.pid = child.pid ?? 0;
  }

  /** Builds the bundle and lays out the account, once a run. */
  static async prepare(folder: string, api: KubernetesApi): Promise<void> {
    await build({ entry: 'driver/main.ts', outputDirectory: join(folder, 'dist') });
    mkdirSync(ACCOUNT, { recursive: true });
    mount(api.accountFolder, ACCOUNT, null, MS_BIND, null);
  }

  /** Starts the driver; what an earlier one has left in the folder is resumed. */
  static async start(folder: string, api: KubernetesApi): Promise<BenchDriver> {
    const socketPath = join(folder, 'csi.sock');
    const flags = [
      '--node-id=bench',
      `--endpoint=unix://${socketPath}`,
      `--data-root=${join(folder, 'data')}`,
      '--registration-dir=',
      '--health-bind-address=0',
    ];
    const [, ...entry] = CONTAINER_CONFIG.Entrypoint;
    const args = process.env['V8'] === undefined ? entry : [...process.env['V8'].split(' ').filter(Boolean), ''];
    const startedAtMs = performance.now();
    const child = spawn(process.execPath, [...args.slice(0, -1), join(folder, 'dist/driver.mjs'), ...flags], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(api.port) },
    });
    await serving(child, join(folder, 'driver.log'));
    const kubelet = new Kubelet({ socketPath, rootDir: join(folder, 'kubelet') });
    return new BenchDriver(child, kubelet, performance.now() - startedAtMs);
  }

  usage(): Promise<ProcessUsage> {
    return readUsage(this.pid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
  }
}

/** Resolves with the line that says so. The log goes into a file, so that reading it takes no time of what is measured. */
async function serving(child: ChildProcess, logFile: string): Promise<void> {
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
  child.once('exit', () => writeFileSync(logFile, `${lines.join('\n')}\n`));
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
