import { spawn, type ChildProcessByStdio } from 'node:child_process';
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
  const start = (args: readonly string[], { node = process.execPath, environment = {} }: RunOptions = {}) => {
    rmSync(calls, { force: true });
    writeFileSync(join(folder, 'world.json'), JSON.stringify(cluster.world));
    const PATH = `${bin}${delimiter}${process.env['PATH']}`;
    return spawn(node, [program, ...args], {
      env: { PATH, PODCERT_FAKE_KUBECTL: folder, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  };
  const cluster: FakeCluster = {
    world: { objects: {}, ways: {}, reviews: [], namespace: '' },
    start,
    async run(args, options) {
      const child = start(args, options);
      const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
      return { status: status as number | null, stdout, stderr };
    },
    calls: () =>
      existsSync(calls)
        ? readFileSync(calls, 'utf8')
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line))
        : [],
  };
  return cluster;
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
