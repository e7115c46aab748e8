import { STATE_INSIDE } from './folders.ts';
import { NODE_NAME } from './kubeconfigs.ts';
import { NODE_ADDRESS, SERVICE_NETWORK } from './node-network.ts';

/** The long-running programs of the cluster. */
export type PartName =
  | 'etcd'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'containerd'
  | 'kubelet'
  | 'cert-manager'
  | 'cert-manager-webhook';

/** How to start a part in the node, and how to see that it is ready. */
export interface Part {
  readonly argv: readonly string[];
  /** A URL that answers 200, or a command in the node that succeeds. */
  readonly ready: string | readonly string[];
}

const BIN = `${STATE_INSIDE}/programs/bin`;
const PKI = `${STATE_INSIDE}/pki`;
const SETTINGS = `${STATE_INSIDE}/settings`;
const serving = { 'tls-cert-file': `${PKI}/serving.crt`, 'tls-private-key-file': `${PKI}/serving.key` };

export const PARTS: Readonly<Record<PartName, Part>> = {
  etcd: {
    argv: command('etcd', {
      // In memory, and gone with the node.
      'data-dir': '/run/etcd',
      'unsafe-no-fsync': 'true',
      'listen-client-urls': 'http://127.0.0.1:2379',
      'advertise-client-urls': 'http://127.0.0.1:2379',
      'listen-metrics-urls': `http://${NODE_ADDRESS}:2381`,
    }),
    ready: `http://${NODE_ADDRESS}:2381/readyz`,
  },
  'kube-apiserver': {
    argv: command('kube-apiserver', {
      'etcd-servers': 'http://127.0.0.1:2379',
      'advertise-address': NODE_ADDRESS,
      'secure-port': '443',
      'service-cluster-ip-range': SERVICE_NETWORK,
      'client-ca-file': `${PKI}/ca.crt`,
      ...serving,
      'service-account-issuer': 'https://kubernetes.default.svc',
      'service-account-key-file': `${PKI}/service-account.pub`,
      'service-account-signing-key-file': `${PKI}/service-account.key`,
      'kubelet-certificate-authority': `${PKI}/ca.crt`,
      'kubelet-client-certificate': `${PKI}/kubelet-client.crt`,
      'kubelet-client-key': `${PKI}/kubelet-client.key`,
      'kubelet-preferred-address-types': 'InternalIP',
      'authorization-mode': 'Node,RBAC',
      'enable-admission-plugins': 'NodeRestriction',
      'allow-privileged': 'true',
      'audit-policy-file': `${SETTINGS}/audit-policy.yaml`,
      'audit-log-path': `${STATE_INSIDE}/logs/audit.log`,
      'runtime-config': 'certificates.k8s.io/v1beta1/clustertrustbundles=true',
      'feature-gates': 'ClusterTrustBundle=true,ClusterTrustBundleProjection=true',
    }),
    ready: `https://${NODE_ADDRESS}/readyz`,
  },
  'kube-controller-manager': {
    argv: command('kube-controller-manager', {
      kubeconfig: kubeconfig('kube-controller-manager'),
      'use-service-account-credentials': 'true',
      'service-account-private-key-file': `${PKI}/service-account.key`,
      'root-ca-file': `${PKI}/ca.crt`,
      'cluster-signing-cert-file': `${PKI}/ca.crt`,
      'cluster-signing-key-file': `${PKI}/ca.key`,
      'leader-elect': 'false',
      'bind-address': NODE_ADDRESS,
      // As for the kubelet: it makes this folder, by default on the machine's own disk.
      'flex-volume-plugin-dir': '/var/lib/kubelet/volume-plugins',
      ...serving,
    }),
    ready: `https://${NODE_ADDRESS}:10257/healthz`,
  },
  'kube-scheduler': {
    argv: command('kube-scheduler', {
      kubeconfig: kubeconfig('kube-scheduler'),
      'leader-elect': 'false',
      'bind-address': NODE_ADDRESS,
      ...serving,
    }),
    ready: `https://${NODE_ADDRESS}:10259/readyz`,
  },
  containerd: {
    argv: ['containerd', '--config', `${SETTINGS}/containerd.toml`],
    ready: ['ctr', '--connect-timeout=1s', 'version'],
  },
  kubelet: {
    argv: command('kubelet', {
      config: `${SETTINGS}/kubelet.yaml`,
      kubeconfig: kubeconfig('kubelet'),
      'hostname-override': NODE_NAME,
      'node-ip': NODE_ADDRESS,
    }),
    ready: `http://${NODE_ADDRESS}:10248/healthz`,
  },
  'cert-manager': {
    argv: [`${BIN}/cert-manager`, 'controllers', `--kubeconfig=${kubeconfig('cert-manager')}`, `--ready-address=${NODE_ADDRESS}:10263`],
    ready: `http://${NODE_ADDRESS}:10263/readyz`,
  },
  'cert-manager-webhook': {
    argv: [
      `${BIN}/cert-manager`,
      'webhook',
      `--kubeconfig=${kubeconfig('cert-manager-webhook')}`,
      `--certificate=${PKI}/serving.crt`,
      `--key=${PKI}/serving.key`,
      '--port=10260',
      '--health-port=10264',
    ],
    ready: `http://${NODE_ADDRESS}:10264/healthz`,
  },
};

function command(name: string, flags: Readonly<Record<string, string>>): string[] {
  return [`${BIN}/${name}`, ...Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`)];
}

function kubeconfig(caller: string): string {
  return `${STATE_INSIDE}/kubeconfigs/${caller}`;
}
