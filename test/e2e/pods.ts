import { apply, getJson, kubectl } from './cluster-access.ts';
import { waitFor } from './wait.ts';

/** A pod with one volume of the driver at /tls. */
export interface PodWish {
  readonly namespace: string;
  readonly name: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** In addition to the issuer `ca`, a P-256 key and the pod's name as DNS name; `csi.cert-manager.io/` may be left out. An empty value unsets. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Default: csi.cert-manager.io. */
  readonly driver?: string;
  /** The Secret that kubelet sends along with a publish. */
  readonly publishSecret?: string;
  readonly serviceAccountName?: string;
  readonly securityContext?: { readonly runAsUser?: number; readonly runAsGroup?: number; readonly fsGroup?: number };
  /** What its container is, in place of a busybox that waits. */
  readonly container?: object;
  /** Volumes besides /tls. */
  readonly volumes?: readonly object[];
}

/** What we read of a pod. */
export interface Pod {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly status: { readonly podIP?: string; readonly containerStatuses?: readonly ContainerStatus[] };
}

/** What kubelet tells of a container. */
export interface ContainerStatus {
  readonly containerID: string;
  readonly ready: boolean;
  readonly restartCount: number;
}

const PREFIX = 'csi.cert-manager.io/';
/** PID 1 takes a signal only where it has asked for it. */
const WAIT = ['sh', '-c', 'trap "exit 0" TERM; sleep 1000000 & wait'];

/** Makes pods and does not wait for them. */
export async function createPods(...wishes: readonly PodWish[]): Promise<void> {
  await apply(...wishes.map((wish) => manifest(wish)));
}

/** Makes pods, and returns them when each is Ready. @throws {Error} after 60 s, with events, requests and the driver's log. */
export async function startPods(...wishes: readonly PodWish[]): Promise<Pod[]> {
  await createPods(...wishes);
  const pods: Pod[] = [];
  for (const { namespace, name } of wishes) pods.push(await waitUntilReady(namespace, name));
  return pods;
}

/** Makes one pod, and returns it when it is Ready. */
export async function startPod(wish: PodWish): Promise<Pod> {
  const [pod] = await startPods(wish);
  return pod!;
}

/** Waits for a pod's condition Ready. @throws {Error} after `timeoutMs`, with events, requests and the driver's log. */
export function waitUntilReady(namespace: string, name: string, timeoutMs = 60_000): Promise<Pod> {
  return waitFor(`pod ${namespace}/${name} to be Ready`, namespace, timeoutMs, async () => {
    await kubectl(['wait', '--for=condition=Ready', `pod/${name}`, `--namespace=${namespace}`, '--timeout=5s']);
    return getJson<Pod>(['pod', name, `--namespace=${namespace}`]);
  });
}

/** Deletes pods, as a user does; when it returns, kubelet has taken their volumes down. */
export async function deletePods(namespace: string, ...names: readonly string[]): Promise<void> {
  await kubectl(['delete', 'pod', ...names, `--namespace=${namespace}`, '--timeout=60s']);
}

/** The messages of a pod's events. */
export async function eventsOf(namespace: string, name: string): Promise<string[]> {
  const selector = `--field-selector=involvedObject.kind=Pod,involvedObject.name=${name}`;
  const { items } = await getJson<{ items: readonly { readonly message: string }[] }>(['events', `--namespace=${namespace}`, selector]);
  return items.map(({ message }) => message);
}

function manifest(wish: PodWish): object {
  const { namespace, name, annotations = {}, driver = 'csi.cert-manager.io', publishSecret, securityContext = {}, volumes = [] } = wish;
  const secret = publishSecret === undefined ? {} : { nodePublishSecretRef: { name: publishSecret } };
  const { volumeMounts = [], ...container } = { image: 'busybox:1', command: WAIT, ...wish.container } as { volumeMounts?: object[] };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, annotations },
    spec: {
      serviceAccountName: wish.serviceAccountName ?? 'default',
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      securityContext,
      containers: [{ name: 'main', ...container, volumeMounts: [{ name: 'tls', mountPath: '/tls', readOnly: true }, ...volumeMounts] }],
      volumes: [{ name: 'tls', csi: { driver, readOnly: true, volumeAttributes: attributesOf(wish), ...secret } }, ...volumes],
    },
  };
}

function attributesOf({ attributes = {} }: PodWish): Record<string, string> {
  const all = { 'issuer-name': 'ca', 'key-algorithm': 'ECDSA', 'dns-names': '$POD_NAME', ...attributes };
  return Object.fromEntries(Object.entries(all).map(([key, value]) => [key.includes('/') ? key : PREFIX + key, value]));
}
