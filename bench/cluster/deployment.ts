/** What is in the pods' one volume. */
export type Contents = 'certificate' | 'nothing';

/** A Deployment to wait for. */
export interface Wish {
  readonly namespace: string;
  readonly name: string;
  readonly pods: number;
  readonly contents: Contents;
  /** Of the certificates. */
  readonly key: string;
}

/** A Deployment of pods that do nothing, each with a volume at /tls that is a certificate by the issuer `ca`, or an emptyDir: else they are the same. */
export function deploymentOf({ namespace, name, pods, contents, key }: Wish): object {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      replicas: pods,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          automountServiceAccountToken: false,
          terminationGracePeriodSeconds: 1,
          containers: [
            {
              name: 'main',
              image: 'busybox:1',
              command: ['sh', '-c', 'trap "exit 0" TERM; sleep 1000000 & wait'],
              volumeMounts: [{ name: 'tls', mountPath: '/tls', readOnly: true }],
            },
          ],
          volumes: [{ name: 'tls', ...(contents === 'nothing' ? { emptyDir: {} } : { csi: certificate(key) }) }],
        },
      },
    },
  };
}

function certificate(key: string): object {
  const volumeAttributes = {
    'csi.cert-manager.io/issuer-name': 'ca',
    'csi.cert-manager.io/key-algorithm': key,
    'csi.cert-manager.io/dns-names': '${POD_NAME}',
  };
  return { driver: 'csi.cert-manager.io', readOnly: true, volumeAttributes };
}
