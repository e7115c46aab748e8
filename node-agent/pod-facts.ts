/** Of a pod's object what its volumes are made by: what kubelet does not send, and what may change while the pod lives. */
export interface PodFacts {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** In the API's order; none until the pod has its sandbox. */
  readonly ips: readonly string[];
  readonly conditions: readonly PodCondition[];
}

/** One condition of a pod's status (core/v1 `PodCondition`). */
export interface PodCondition {
  readonly type: string;
  readonly status: string;
}
