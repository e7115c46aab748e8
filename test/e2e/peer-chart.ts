import { VERSION } from '../../driver/version.ts';

/** What the DaemonSet, its account and its folders are called by csi-driver's chart. */
export const CHART_NAME = 'cert-manager-csi-driver';

const KUBELET = '/var/lib/kubelet';
const DRIVER_NAME = 'csi.cert-manager.io';
/** The chart's `app.driver.csiDataDir`. */
export const CHART_DATA_ROOT = '/tmp/cert-manager-csi-driver';

/** The CSIDriver object as csi-driver's chart makes it. */
export const CHART_CSI_DRIVER = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'CSIDriver',
  metadata: { name: DRIVER_NAME },
  spec: { podInfoOnMount: true, volumeLifecycleModes: ['Ephemeral'] },
};

/**
 * What csi-driver's chart makes with its default values but for the driver's image, which is ours. Its two sidecars are not to be had: in the place
 * of each is a busybox, of which the second answers what kubelet asks of livenessprobe.
 */
export function chartObjects(namespace: string): readonly object[] {
  const name = CHART_NAME;
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
    {
      apiVersion,
      kind: 'ClusterRole',
      metadata: { name },
      rules: [
        { apiGroups: ['cert-manager.io'], resources: ['certificaterequests'], verbs: ['watch', 'create', 'delete', 'list'] },
        { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] },
      ],
    },
    {
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
    daemonSet(namespace),
  ];
}

function daemonSet(namespace: string): object {
  const labels = { app: CHART_NAME };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: CHART_NAME, namespace, labels },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: CHART_NAME,
          containers: [
            sidecar('node-driver-registrar', 'sleep 1000000 & wait', [{ name: 'registration-dir', mountPath: '/registration' }]),
            sidecar('liveness-probe', 'mkdir /tmp/www && echo ok >/tmp/www/healthz && { httpd -f -p 9809 -h /tmp/www & wait; }', []),
            driverContainer(),
          ],
          volumes: [
            hostPath('plugin-dir', `${KUBELET}/plugins/cert-manager-csi-driver`, 'DirectoryOrCreate'),
            hostPath('pods-mount-dir', `${KUBELET}/pods`, 'Directory'),
            hostPath('registration-dir', `${KUBELET}/plugins_registry`, 'Directory'),
            hostPath('csi-data-dir', CHART_DATA_ROOT, 'DirectoryOrCreate'),
          ],
        },
      },
    },
  };
}

function driverContainer(): object {
  return {
    name: CHART_NAME,
    image: `podcert:${VERSION}`,
    imagePullPolicy: 'IfNotPresent',
    securityContext: { privileged: true, capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true, runAsUser: 0 },
    args: [
      '--log-level=1',
      `--driver-name=${DRIVER_NAME}`,
      '--node-id=$(NODE_ID)',
      '--endpoint=$(CSI_ENDPOINT)',
      '--data-root=csi-data-dir',
      '--use-token-request=false',
      '--metrics-bind-address=:9402',
    ],
    env: [
      { name: 'NODE_ID', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
      { name: 'CSI_ENDPOINT', value: 'unix://plugin/csi.sock' },
    ],
    volumeMounts: [
      { name: 'plugin-dir', mountPath: '/plugin' },
      { name: 'pods-mount-dir', mountPath: `${KUBELET}/pods`, mountPropagation: 'Bidirectional' },
      { name: 'csi-data-dir', mountPath: '/csi-data-dir', mountPropagation: 'Bidirectional' },
    ],
    ports: [
      { containerPort: 9809, name: 'healthz' },
      { containerPort: 9402, name: 'http-metrics' },
    ],
    livenessProbe: { httpGet: { path: '/healthz', port: 'healthz' }, initialDelaySeconds: 5, timeoutSeconds: 5 },
  };
}

function sidecar(name: string, script: string, volumeMounts: readonly object[]): object {
  const plugin = { name: 'plugin-dir', mountPath: '/plugin' };
  return { name, image: 'busybox:1', command: ['sh', '-c', `trap 'exit 0' TERM; ${script}`], volumeMounts: [plugin, ...volumeMounts] };
}

function hostPath(name: string, path: string, type: string): object {
  return { name, hostPath: { path, type } };
}
