import type { Profiler } from 'node:inspector/promises';

/** Where a place in the bundle comes from, as a path below the repository; undefined for none of it. Both count from 0. */
export type SourceOf = (line: number, column: number) => string | undefined;

/** What the processor did, and for how long. */
export interface Part {
  readonly name: string;
  readonly ms: number;
}

/** The names that V8 gives to what is no function. */
const OF_V8: ReadonlyMap<string, string> = new Map([
  ['(garbage collector)', 'garbage collection'],
  ['(program)', 'outside of JavaScript: the event loop, sockets, what is compiled'],
]);

/** By the first that is found in the address of one of Node.js's own modules. */
const OF_NODE: readonly (readonly [string, string])[] = [
  ['http2', 'HTTP/2, for kubelet (Node.js)'],
  ['tls', 'TLS (Node.js)'],
  ['http', 'HTTP/1.1, for the API (Node.js)'],
  ['crypto', 'keys, signatures, certificates (Node.js)'],
  ['fs', 'files (Node.js)'],
  ['net', 'sockets and streams (Node.js)'],
  ['stream', 'sockets and streams (Node.js)'],
];

/** The same for our sources and libraries. */
const OF_SOURCES: readonly (readonly [string, string])[] = [
  ['node_modules/@grpc', 'gRPC (grpc-js, protobufjs)'],
  ['node_modules/protobufjs', 'gRPC (grpc-js, protobufjs)'],
  ['node_modules/', 'other libraries'],
  ['node-agent/volume/kernel', 'mounts'],
  ['node-agent/volume/', 'volumes and their files'],
  ['node-agent/issuance/', 'requests and the check of certificates'],
  ['node-agent/kubernetes/', 'the Kubernetes API and its watch'],
  ['node-agent/issuers/', 'the Kubernetes API and its watch'],
  ['driver/report/', 'log, metrics, events'],
  ['', 'the rest of the driver'],
];

/** Idling is left out. The longest first. */
export function partsOf(profile: Profiler.Profile, sourceOf: SourceOf): readonly Part[] {
  const durations = new Map<number, number>();
  for (const [index, id] of (profile.samples ?? []).entries()) {
    durations.set(id, (durations.get(id) ?? 0) + (profile.timeDeltas?.[index] ?? 0) / 1_000);
  }
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const [root] = profile.nodes;
  const parts = new Map<string, number>();
  const visit = (id: number, caller: string) => {
    const node = nodes.get(id);
    if (node === undefined) return;
    const name = nameOf(node.callFrame, caller, sourceOf);
    parts.set(name, (parts.get(name) ?? 0) + (durations.get(id) ?? 0));
    for (const child of node.children ?? []) visit(child, name);
  };
  if (root !== undefined) visit(root.id, 'start');
  return [...parts]
    .filter(([name, ms]) => name !== IDLE && ms > 0)
    .map(([name, ms]) => ({ name, ms }))
    .toSorted((a, b) => b.ms - a.ms);
}

const IDLE = '(idle)';

/** What is written in C++ has no place, and counts as what calls it. */
function nameOf(
  { functionName, url, lineNumber, columnNumber }: Profiler.ProfileNode['callFrame'],
  caller: string,
  sourceOf: SourceOf,
): string {
  if (functionName === IDLE) return IDLE;
  const ofV8 = OF_V8.get(functionName);
  if (ofV8 !== undefined) return ofV8;
  if (url === '') return caller;
  if (url.startsWith('node:')) return find(OF_NODE, url) ?? 'the rest of Node.js';
  return find(OF_SOURCES, sourceOf(lineNumber, columnNumber) ?? '') ?? caller;
}

function find(names: readonly (readonly [string, string])[], text: string): string | undefined {
  return names.find(([part]) => text.includes(part))?.[1];
}
