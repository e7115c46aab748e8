import { STARTUP_TAINT } from '../../node-agent/startup-taint.ts';
import type { Flag } from './read.ts';
import { GATE_FLAGS } from './gates.ts';
import { REFUSED_FLAGS } from './absent.ts';
import {
  readAbsolutePath,
  readDriverName,
  readDuration,
  readEndpoint,
  readListenAddress,
  readLoopbackAddress,
  readNodeId,
  readRate,
  readSelinuxLabel,
  readInteger,
  readOptionalDirectory,
  readPathFromRoot,
  readSocketPath,
  readSwitch,
  readText,
  readWholeNumber,
} from './values.ts';

/** Every flag the driver knows, in the order of the help. */
export const FLAGS = {
  'node-id': { group: 'driver', about: "The node's name.", argument: '<name>', required: true, read: readNodeId },
  endpoint: {
    group: 'driver',
    about: 'Where to serve CSI: a Unix socket.',
    argument: '<unix:///path>',
    required: true,
    variable: 'CSI_ENDPOINT',
    read: readEndpoint,
  },
  'driver-name': {
    group: 'driver',
    about: "The CSI driver's name, as pods and the CSIDriver object write it.",
    argument: '<name>',
    fallback: 'csi.cert-manager.io',
    read: readDriverName,
  },
  'data-root': {
    group: 'driver',
    about: 'Where the volumes of this driver alone live, with Bidirectional mount propagation; a relative path is taken from /.',
    argument: '<directory>',
    fallback: '/csi-data-dir',
    read: readPathFromRoot,
  },
  'registration-dir': {
    group: 'driver',
    about: "kubelet's plugins_registry, as seen from here; empty for those who keep the registrar sidecar.",
    argument: '<directory>',
    fallback: '/registration',
    read: readOptionalDirectory,
  },
  'kubelet-registration-path': {
    group: 'driver',
    about: "The endpoint's path on the host, which kubelet dials.",
    argument: '<path>',
    fallback: '/var/lib/kubelet/plugins/cert-manager-csi-driver/csi.sock',
    read: readSocketPath,
  },
  'selinux-context': {
    group: 'driver',
    about: 'What volumes are labelled on nodes with SELinux; empty for what the policy gives a new tmpfs.',
    argument: '<label>',
    fallback: 'system_u:object_r:container_file_t:s0',
    read: readSelinuxLabel,
  },
  'metrics-bind-address': {
    group: 'driver',
    about: 'Where to serve /metrics, such as :9402; 0 for nowhere.',
    argument: '<host:port>',
    fallback: '0',
    read: readListenAddress,
  },
  'health-bind-address': {
    group: 'driver',
    about: 'Where to serve /healthz and /readyz; 0 for nowhere.',
    argument: '<host:port>',
    fallback: ':9403',
    read: readListenAddress,
  },
  'admin-bind-address': {
    group: 'driver',
    about: 'Where to serve the status page and what kubectl podcert asks: a loopback address; 0 for nowhere.',
    argument: '<host:port>',
    fallback: '127.0.0.1:9404',
    read: readLoopbackAddress,
  },
  'log-level': {
    group: 'driver',
    about: 'How much to log: 0 errors, 1 also what happens, 2 and more also details.',
    argument: '<number>',
    letter: 'v',
    fallback: '1',
    read: readWholeNumber,
  },
  help: { group: 'driver', about: 'Print this and exit.', letter: 'h', fallback: 'false', read: readSwitch },
  version: { group: 'driver', about: 'Print the version and exit.', fallback: 'false', read: readSwitch },

  kubeconfig: {
    group: 'kubernetes',
    about: 'How to reach the API server; without it, as a pod in the cluster does, or not at all where there is a local CA and no cluster.',
    argument: '<file>',
    read: readText,
  },
  context: { group: 'kubernetes', about: 'Which context of the kubeconfig file to use.', argument: '<name>', read: readText },
  'kube-api-qps': {
    group: 'kubernetes',
    about: 'Accepted without effect: there is no rate limit on this side.',
    argument: '<number>',
    read: readRate,
  },
  'kube-api-burst': {
    group: 'kubernetes',
    about: 'Accepted without effect: there is no rate limit on this side.',
    argument: '<number>',
    read: readInteger,
  },
  'use-token-request': {
    group: 'kubernetes',
    about:
      "Create requests as the pods' service accounts, by the tokens that the CSIDriver object has kubelet send: see manifests/README.md.",
    fallback: 'false',
    read: readSwitch,
  },
  'remove-startup-taint': {
    group: 'kubernetes',
    about: `Remove the taint ${STARTUP_TAINT} from the node once kubelet has registered the driver: see manifests/README.md.`,
    fallback: 'false',
    read: readSwitch,
  },
  ...GATE_FLAGS,

  'local-ca-dir': {
    group: 'local-ca',
    about: 'Turn on the issuer kind LocalCA with ca.crt and ca.key of this directory; made there at first start.',
    argument: '<directory>',
    read: readAbsolutePath,
  },
  'local-ca-max-duration': {
    group: 'local-ca',
    about: 'The longest life of a certificate of the local CA.',
    argument: '<duration>',
    fallback: '720h',
    read: readDuration,
  },

  ...REFUSED_FLAGS,
} satisfies Record<string, Flag<unknown>>;
