import type { Run } from './context.ts';
import { printScript, SHELLS } from './completion/scripts.ts';
import { doctor } from './doctor/doctor.ts';
import { HELP_FLAG, KUBECTL_FLAGS, NAMESPACE_FLAG, NODE_FLAGS, type Completes, type FlagTable } from './flags.ts';
import { inspect } from './volumes/inspect.ts';
import { list, SORT_KEYS } from './volumes/list.ts';
import { renew } from './volumes/renew.ts';
import { version } from './version.ts';

/** One command: how it is called, explained and completed, and what it does. */
export interface Command {
  readonly usage: string;
  /** One line. */
  readonly summary: string;
  /** More of it, in lines of the help. */
  readonly about?: string;
  /** Its own; those of kubectl and for the nodes come on top where it asks the cluster. */
  readonly flags: FlagTable;
  readonly asksCluster: boolean;
  /** It does more than to show something. */
  readonly changesCluster?: true;
  /** A command line and what it does. */
  readonly examples: readonly (readonly [string, string])[];
  readonly completes?: Completes | readonly string[];
  readonly run: Run;
}

const OUTPUT = { argument: 'FORM', letter: 'o' } as const;
const ALL_NAMESPACES = { letter: 'A', about: 'the pods of all namespaces' } as const;

export const COMMANDS: Readonly<Record<string, Command>> = {
  list: {
    usage: 'list [flags]',
    summary: 'the volumes of the cluster: issuer, names, expiry, next renewal, state',
    about: 'Without --namespace those of all namespaces. With --expiring or --unhealthy those that one of the two names.',
    flags: {
      ...NAMESPACE_FLAG,
      'all-namespaces': { ...ALL_NAMESPACES, about: 'the pods of all namespaces, as without --namespace' },
      node: { argument: 'NODE', about: 'the volumes of this node alone', completes: 'nodes' },
      selector: { argument: 'SELECTOR', letter: 'l', about: 'volumes of pods with these labels; takes the right to list pods' },
      issuer: { argument: 'NAME', about: 'volumes of this issuer: name, or Kind/name' },
      expiring: { argument: 'DURATION', about: 'volumes whose certificate ends within this time, or has ended: 24h, 90m, 7d' },
      unhealthy: { about: 'volumes that are not well' },
      'exit-code': { about: 'end with 3 where something is listed, for scripts' },
      'sort-by': { argument: 'KEY', about: 'what sorts them', choices: SORT_KEYS, fallback: 'name' },
      output: {
        ...OUTPUT,
        about: 'table, wide, json, yaml or name',
        choices: ['table', 'wide', 'json', 'yaml', 'name'],
        fallback: 'table',
      },
    },
    asksCluster: true,
    examples: [
      ['list', 'every volume of the cluster'],
      ['list -n shop -l app=web -o wide', 'those of some pods, with nodes and what is wrong'],
      ['list --expiring 24h --unhealthy --exit-code', 'for a script: 0 where all is well, 3 where not, 4 where a node is silent'],
      ['list --issuer ClusterIssuer/internal-ca --sort-by expires', 'what hangs on an issuer'],
    ],
    run: list,
  },
  inspect: {
    usage: 'inspect POD [flags]',
    summary: "all of a pod's volumes: chain, names, files, history, why it waits",
    flags: {
      ...NAMESPACE_FLAG,
      volume: { argument: 'NAME', about: 'one volume, by its name in the pod spec' },
      output: { ...OUTPUT, about: 'text, json or yaml', choices: ['text', 'json', 'yaml'], fallback: 'text' },
    },
    asksCluster: true,
    examples: [
      ['inspect web-0 -n shop', 'what the pod has'],
      ['inspect web-0 -n shop --volume tls -o json', 'one volume, for a script'],
    ],
    completes: 'pods',
    run: inspect,
  },
  renew: {
    usage: 'renew (POD | --all -n NAMESPACE | --issuer NAME) [flags]',
    summary: 'new keys and certificates now; the old files stay until the new ones are there',
    about: 'Waits until each volume has its new files. More than a pod is confirmed first, on a terminal or by --yes.',
    flags: {
      ...NAMESPACE_FLAG,
      'all-namespaces': ALL_NAMESPACES,
      all: { about: 'all volumes of the namespace' },
      issuer: { argument: 'NAME', about: 'all volumes of this issuer: name, or Kind/name' },
      node: { argument: 'NODE', about: 'with --all or --issuer: those of this node alone', completes: 'nodes' },
      selector: { argument: 'SELECTOR', letter: 'l', about: 'with --all or --issuer: those of pods with these labels' },
      volume: { argument: 'NAME', about: 'one volume of the pod, by its name in the pod spec' },
      rate: { argument: 'NUMBER', about: 'at most so many renewals a second', fallback: '5' },
      wait: { about: 'wait for the new files', fallback: 'true' },
      timeout: { argument: 'DURATION', about: 'how long to wait for each volume', fallback: '5m' },
      'dry-run': { about: 'only say what would be renewed' },
      yes: { letter: 'y', about: 'do not ask' },
    },
    asksCluster: true,
    changesCluster: true,
    examples: [
      ['renew web-0 -n shop', "a pod's certificates, for instance after its key was seen"],
      ['renew --issuer internal-ca --rate 2 --yes', 'all of an issuer, two a second, after its CA has changed'],
      ['renew --all -n shop --dry-run', 'what that would be'],
    ],
    completes: 'pods',
    run: renew,
  },
  doctor: {
    usage: 'doctor [flags]',
    summary: 'whether cluster and nodes are as Podcert needs them, with a cure for what is not',
    about: 'Ends with 3 where something is wrong, with 4 where nothing is but something could not be looked at.',
    flags: { output: { ...OUTPUT, about: 'text or json', choices: ['text', 'json'], fallback: 'text' } },
    asksCluster: true,
    examples: [
      ['doctor', 'all of it'],
      ['doctor -o json', 'for a script'],
    ],
    run: doctor,
  },
  completion: {
    usage: 'completion SHELL',
    summary: 'the script that completes this program in bash, zsh, fish or powershell',
    about:
      'For "kubectl podcert" no script is needed: kubectl asks an executable kubectl_complete-podcert in PATH, which may be a link to this file.',
    flags: {},
    asksCluster: false,
    examples: [
      ['completion bash > /etc/bash_completion.d/kubectl-podcert', 'for kubectl-podcert in bash'],
      ['completion fish > ~/.config/fish/completions/kubectl-podcert.fish', 'the same in fish'],
    ],
    completes: SHELLS,
    run: printScript,
  },
  version: {
    usage: 'version',
    summary: 'the version of this program; doctor compares it with the drivers',
    flags: {},
    asksCluster: false,
    examples: [],
    run: version,
  },
};

/** All flags that a command takes. */
export function flagsOf({ flags, asksCluster }: Command): FlagTable {
  return { ...flags, ...(asksCluster && { ...NODE_FLAGS, ...KUBECTL_FLAGS }), ...HELP_FLAG };
}

/** The flags of all commands together, to take a command line apart before its command is known. A name takes a value in all of them or in none. */
export const ALL_FLAGS: FlagTable = Object.assign({}, ...Object.values(COMMANDS).map(flagsOf)) as FlagTable;
