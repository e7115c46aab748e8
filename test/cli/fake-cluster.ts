import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

/** How a port-forward to a pod goes. */
export type Way =
  | { readonly kind: 'forwards'; readonly port: number; readonly host?: string }
  | { readonly kind: 'fails'; readonly message: string }
  | { readonly kind: 'hangs' | 'silent' };

/** What the stand-in for kubectl knows. */
export interface FakeWorld {
  /** By path; a text is what kubectl says where it cannot get it. */
  readonly objects: Readonly<Record<string, unknown>>;
  readonly ways: Readonly<Record<string, Way>>;
  /** The rights that the driver's account has not, as `verb resource`; or nobody may ask. */
  readonly reviews: readonly string[] | 'forbidden';
  readonly namespace: string;
}

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A kubectl with a cluster of its own, in a folder. */
export interface FakeCluster {
  world: FakeWorld;
  /** Runs the program to its end. @param node the Node.js that runs it. */
  run(args: readonly string[], options?: RunOptions): Promise<Ended>;
  start(args: readonly string[], options?: RunOptions): ChildProcessByStdio<null, Readable, Readable>;
  /** How kubectl was called since the last run began. */
  calls(): readonly { readonly pid: number; readonly args: readonly string[] }[];
  /** Ends what still runs of the program, and resolves once it is gone. */
  end(): Promise<void>;
}

export interface RunOptions {
  readonly node?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** The pods with the driver's label, where the manifests put them. */
export const DRIVERS = '/api/v1/namespaces/podcert-system/pods?labelSelector=app.kubernetes.io%2Fname%3Dpodcert';
/** The same of all namespaces. */
export const LABELLED = '/api/v1/pods?labelSelector=app.kubernetes.io%2Fname%3Dpodcert';

/** @param program the built file. */
export function fakeCluster(folder: string, program: string): FakeCluster {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  const script = join(import.meta.dirname, 'fake-kubectl.ts');
  writeFileSync(join(bin, 'kubectl'), `#!/bin/sh\nexec '${process.execPath}' '${script}' "$@"\n`);
  chmodSync(join(bin, 'kubectl'), 0o755);
  const calls = join(folder, 'calls.jsonl');
  const running = new Set<ChildProcess>();
  const start = (args: readonly string[], { node = process.execPath, environment = {} }: RunOptions = {}) => {
    rmSync(calls, { force: true });
    writeFileSync(join(folder, 'world.json'), JSON.stringify(cluster.world));
    const PATH = `${bin}${delimiter}${process.env['PATH']}`;
    const child = spawn(node, [program, ...args], {
      env: { PATH, PODCERT_FAKE_KUBECTL: folder, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    for (const end of ['exit', 'error']) child.once(end, () => running.delete(child));
    return child;
  };
  const cluster: FakeCluster = {
    world: { objects: {}, ways: {}, reviews: [], namespace: '' },
    start,
    async run(args, options) {
      const child = start(args, options);
      const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
      return { status: status as number | null, stdout, stderr };
    },
    async end() {
      const ended = [...running].map((child) => once(child, 'exit'));
      // With SIGTERM, so that it ends the processes that it has started.
      for (const child of running) child.kill('SIGTERM');
      await Promise.all(ended);
    },
    calls: () => wholeLines(calls).map((line) => JSON.parse(line)),
  };
  return cluster;
}

/** The lines of a file to which somebody may just be adding one. */
function wholeLines(path: string): readonly string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
}

/** A driver's pod as the API has it. */
export function driverPod(
  node: string,
  change: { readonly phase?: string; readonly args?: readonly string[]; readonly namespace?: string } = {},
): object {
  return {
    metadata: { name: `podcert-${node}`, namespace: change.namespace ?? 'podcert-system', uid: `uid-${node}` },
    spec: { nodeName: node, serviceAccountName: 'podcert', containers: [{ args: change.args ?? ['--driver-name=csi.cert-manager.io'] }] },
    status: { phase: change.phase ?? 'Running' },
  };
}
