/** Of a pod's object what its volumes are made by: what kubelet does not send, and what may change while the pod lives. */
export interface PodFacts {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}
