import { createInterface } from 'node:readline';
import { openKubeconfig } from '../../node-agent/kubernetes/kubeconfig.ts';
import { call, openCall } from '../../node-agent/kubernetes/transport.ts';
import type { StoredObject, WatchLine } from './api-store.ts';

/** Says anything to a Kubernetes API; reads a watch by other means than the driver does. */
export interface ApiClient {
  /** @throws {ApiError} for an answer that is no success. */
  call(
    method: string,
    path: string,
    options?: { readonly query?: Readonly<Record<string, string>>; readonly body?: object },
  ): Promise<ApiAnswer>;
  /** The lines of a watch until it ends or the signal is aborted, which is no error. */
  watch(path: string, query: Readonly<Record<string, string>>, signal: AbortSignal): AsyncGenerator<WatchLine, void>;
  close(): void;
}

/** An object, or a list of them. */
export interface ApiAnswer extends StoredObject {
  readonly items: readonly StoredObject[];
}

export function openApiClient(kubeconfig: string): ApiClient {
  const connection = openKubeconfig(kubeconfig);
  const never = new AbortController().signal;
  return {
    call: async (method, path, options = {}) => (await call(connection, { method, path, ...options }, never)) as ApiAnswer,
    async *watch(path, query, signal) {
      try {
        const response = await openCall(connection, { method: 'GET', path, query: { ...query, watch: '1' } }, signal);
        for await (const line of createInterface({ input: response })) yield JSON.parse(line) as WatchLine;
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
    close: () => connection.close(),
  };
}
