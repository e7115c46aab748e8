/** One flag: how it is written and explained. A table of these drives parsing, help and completion. */
export interface Flag {
  readonly about: string;
  /** What stands for the value in the help; absent: a switch, `--name` or `--name=false`. */
  readonly argument?: string;
  readonly letter?: string;
  readonly repeatable?: true;
  /** The only values there are. */
  readonly choices?: readonly string[];
  /** What completes its value. */
  readonly completes?: Completes;
  /** Passed on to each kubectl. */
  readonly isKubectls?: true;
  /** A value that stands where none is given, for the help. */
  readonly fallback?: string;
}

/** What of the cluster, or of the kubeconfig, a word may be. */
export type Completes = 'pods' | 'namespaces' | 'nodes' | 'contexts' | 'clusters' | 'users' | 'files';

export type FlagTable = Readonly<Record<string, Flag>>;

/** kubectl's own flags that say which cluster, as whom, and how long; kubectl gives them their meaning. */
export const KUBECTL_FLAGS = {
  kubeconfig: { argument: 'FILE', about: 'the kubeconfig file', completes: 'files', isKubectls: true },
  context: { argument: 'NAME', about: 'the context of the kubeconfig', completes: 'contexts', isKubectls: true },
  cluster: { argument: 'NAME', about: 'the cluster of the kubeconfig', completes: 'clusters', isKubectls: true },
  user: { argument: 'NAME', about: 'the user of the kubeconfig', completes: 'users', isKubectls: true },
  server: { argument: 'URL', letter: 's', about: 'the address of the API server', isKubectls: true },
  as: { argument: 'USER', about: 'the user to impersonate', isKubectls: true },
  'as-group': { argument: 'GROUP', about: 'a group to impersonate; may be repeated', repeatable: true, isKubectls: true },
  'as-uid': { argument: 'UID', about: 'the uid to impersonate', isKubectls: true },
  'request-timeout': { argument: 'DURATION', about: 'how long one answer of the API server may take', isKubectls: true, fallback: '30s' },
} as const satisfies FlagTable;

/** How the drivers are found and asked. */
export const NODE_FLAGS = {
  'driver-namespace': {
    argument: 'NAMESPACE',
    about: 'where the drivers run; by default podcert-system, or the only namespace that has some',
    completes: 'namespaces',
  },
  'admin-port': { argument: 'PORT', about: "the port of the drivers' admin listener", fallback: '9404' },
  'node-timeout': { argument: 'DURATION', about: 'how long one node may take to answer', fallback: '15s' },
} as const satisfies FlagTable;

/** What the API calls a place. */
export const NAMESPACE_FLAG = {
  namespace: { argument: 'NAMESPACE', letter: 'n', about: 'the namespace of the pods', completes: 'namespaces' },
} as const satisfies FlagTable;

/** The text of every command's `--help`. */
export const HELP_FLAG = { help: { letter: 'h', about: 'what this command does' } } as const satisfies FlagTable;
