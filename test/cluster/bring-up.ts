import { cp, mkdir, symlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { installCertManager } from './cert-manager.ts';
import { SETTINGS, STATE } from './folders.ts';
import { loadOwnImages } from './images.ts';
import { noteKernelSettings } from './kernel-settings.ts';
import { NODE_NAME, writeKubeconfigs } from './kubeconfigs.ts';
import { kubectl } from './kubectl.ts';
import { connectNode } from './node-network.ts';
import { startNode, type ClusterNode } from './node.ts';
import { preparePackages } from './packages.ts';
import { startPart } from './part-process.ts';
import { writePki } from './pki.ts';
import { preparePrograms } from './programs.ts';
import { noteStarted, noteStarting } from './starter.ts';

/** Installs, builds and starts everything, and tells how long each step took. @throws {ClusterFailure}; then call `takeDown`. */
export async function bringUp(signal: AbortSignal): Promise<ClusterNode> {
  const packages = await step('packages', preparePackages(signal));
  const programs = await step('programs', preparePrograms(signal));
  await makeState(packages, programs);
  await noteStarting();
  await noteKernelSettings();
  await writeKubeconfigs(await writePki());
  const node = await startNode(signal);
  await step('node', connectNode(node, signal));
  await step('etcd', startPart(node, 'etcd', signal));
  await step('kube-apiserver', startPart(node, 'kube-apiserver', signal));
  await together(signal, [
    (signal) => step('kube-controller-manager', startPart(node, 'kube-controller-manager', signal)),
    (signal) => step('kube-scheduler', startPart(node, 'kube-scheduler', signal)),
    (signal) => step('kubelet', startKubelet(node, signal)),
    (signal) => step('cert-manager', installCertManager(node, signal)),
  ]);
  await noteStarted();
  return node;
}

/** When it returns, the node takes pods: it is Ready, the images are there, and so is the service account that pods get by default. */
async function startKubelet(node: ClusterNode, signal: AbortSignal): Promise<void> {
  await startPart(node, 'containerd', signal);
  await loadOwnImages(node, signal);
  await startPart(node, 'kubelet', signal);
  const wait = (what: string, condition: string): Promise<string> => kubectl(['wait', what, `--for=${condition}`, '--timeout=60s'], signal);
  await wait(`node/${NODE_NAME}`, 'create');
  await wait(`node/${NODE_NAME}`, 'condition=Ready');
  await wait('serviceaccount/default', 'create');
}

async function makeState(packages: string, programs: string): Promise<void> {
  for (const folder of ['kubelet', 'containerd']) await mkdir(join(STATE, folder), { recursive: true });
  // Relative, so that they hold in the node too.
  await symlink(relative(STATE, packages), join(STATE, 'packages'));
  await symlink(relative(STATE, programs), join(STATE, 'programs'));
  await cp(SETTINGS, join(STATE, 'settings'), { recursive: true });
}

/** Runs all works at once. The first failure stops the others, and is told only when they have stopped. */
async function together(signal: AbortSignal, works: readonly ((signal: AbortSignal) => Promise<void>)[]): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const stopOthers = (error: unknown): void => failed.abort(error);
  await Promise.all(works.map((work) => work(either).catch(stopOthers)));
  either.throwIfAborted();
}

async function step<Result>(name: string, work: Promise<Result>): Promise<Result> {
  const startMs = performance.now();
  const result = await work;
  console.log(`${name}: ${((performance.now() - startMs) / 1_000).toFixed(1)} s`);
  return result;
}
