import type { PodReference } from '../../node-agent/wanted.ts';
import type { ApiClient } from './api-client.ts';
import type { StoredObject } from './api-store.ts';

/** What a test says of a pod. */
export interface PodTexts {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Pods of one node as the API has them; no kubelet runs them. */
export class NodePods {
  readonly #client: ApiClient;
  readonly #namespace: string;
  readonly #nodeName: string;
  readonly #made = new Set<string>();

  constructor(client: ApiClient, namespace: string, nodeName: string) {
    this.#client = client;
    this.#namespace = namespace;
    this.#nodeName = nodeName;
  }

  async create(name: string, texts: PodTexts = {}): Promise<PodReference> {
    const spec = { nodeName: this.#nodeName, containers: [{ name: 'main', image: 'none' }] };
    const metadata = { name, namespace: this.#namespace, ...texts };
    const body = { apiVersion: 'v1', kind: 'Pod', metadata, spec };
    this.#made.add(name);
    const created = await this.#client.call('POST', this.#path(), { body });
    return { namespace: this.#namespace, name, uid: created.metadata.uid, serviceAccount: 'default' };
  }

  /** Replaces labels and annotations. */
  async change(name: string, texts: PodTexts): Promise<void> {
    const pod = await this.#client.call('GET', this.#path(name));
    await this.#client.call('PUT', this.#path(name), { body: { ...pod, metadata: { ...pod.metadata, ...texts } } });
  }

  async setStatus(name: string, status: object): Promise<void> {
    const pod: StoredObject = await this.#client.call('GET', this.#path(name));
    await this.#client.call('PUT', `${this.#path(name)}/status`, { body: { ...pod, status: { ...(pod['status'] as object), ...status } } });
  }

  async remove(name: string): Promise<void> {
    this.#made.delete(name);
    await this.#client.call('DELETE', this.#path(name), { query: { gracePeriodSeconds: '0' } });
  }

  async close(): Promise<void> {
    for (const name of this.#made) await this.remove(name).catch(() => undefined);
  }

  #path(name?: string): string {
    return `/api/v1/namespaces/${this.#namespace}/pods${name === undefined ? '' : `/${name}`}`;
  }
}
