import { randomUUID } from 'node:crypto';

/** Any object, as far as storage looks into it. */
export interface StoredObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

/** The objects meant: a kind, one namespace or all, and labels and fields (`spec.nodeName`) they must have. */
export interface Selection {
  /** `group/plural`. */
  readonly collection: string;
  readonly namespace?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, string>>;
}

export interface WatchLine {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: unknown;
}

/** A refusal as the API's Status object says it. */
export class Refusal extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

/** One change: what an object was before and is after it; at creation and deletion one of them is missing. */
interface Change {
  readonly version: number;
  readonly collection: string;
  readonly before?: StoredObject;
  readonly after?: StoredObject;
}

/** What the API server keeps in etcd, and what its watch cache does with it: objects, their history, and who follows it. */
export class ApiStore {
  #version = 1;
  #compactedTo = 0;
  #history: Change[] = [];
  readonly #objects = new Map<string, StoredObject>();
  readonly #followers = new Set<(change: Change) => void>();

  get version(): string {
    return String(this.#version);
  }

  get(collection: string, namespace: string, name: string): StoredObject {
    const object = this.#objects.get(`${collection}/${namespace}/${name}`);
    if (object === undefined) throw new Refusal(404, 'NotFound', `${collection} "${name}" not found`);
    return object;
  }

  /** A status is dropped: it belongs to the status subresource. */
  create(collection: string, namespace: string, given: Record<string, unknown>): StoredObject {
    const metadata = given['metadata'] as Record<string, unknown> | undefined;
    const name = metadata?.['name'];
    if (typeof name !== 'string' || name === '')
      throw new Refusal(422, 'Invalid', 'metadata.name: Required value: name or generateName is required');
    if (this.#objects.has(`${collection}/${namespace}/${name}`))
      throw new Refusal(409, 'AlreadyExists', `${collection} "${name}" already exists`);
    const own = { name, namespace, uid: randomUUID(), creationTimestamp: new Date().toISOString().replace(/\.\d+Z/, 'Z'), generation: 1 };
    return this.#store(collection, undefined, { ...given, status: undefined, metadata: { ...metadata, ...own, resourceVersion: '' } });
  }

  /** Replaces everything but the status, or the status alone; a stale `resourceVersion` is refused. */
  replace(collection: string, part: 'status' | 'rest', given: StoredObject): StoredObject {
    const { namespace, name, resourceVersion } = given.metadata;
    const before = this.get(collection, namespace, name);
    if (resourceVersion !== undefined && resourceVersion !== before.metadata.resourceVersion) {
      throw new Refusal(409, 'Conflict', `Operation cannot be fulfilled on ${collection} "${name}": the object has been modified`);
    }
    const { uid, creationTimestamp } = before.metadata;
    const rest = { ...given, status: before['status'], metadata: { ...given.metadata, uid, creationTimestamp } };
    return this.#store(collection, before, part === 'status' ? { ...before, status: given['status'] } : rest);
  }

  delete(collection: string, namespace: string, name: string): StoredObject {
    const before = this.get(collection, namespace, name);
    this.#objects.delete(`${collection}/${namespace}/${name}`);
    this.#record({ version: this.#next(), collection, before });
    return before;
  }

  list(selection: Selection): readonly StoredObject[] {
    const prefix = `${selection.collection}/`;
    return [...this.#objects].filter(([key, object]) => key.startsWith(prefix) && matches(selection, object)).map(([, object]) => object);
  }

  /**
   * Tells every change after a version, those of the past at once; after no version, or "0", the objects that are there first.
   * @returns how to stop. @throws {Refusal} `Expired` when the history does not reach back that far.
   */
  follow(selection: Selection, after: string, tell: (line: WatchLine) => void): () => void {
    const follower = (change: Change) => {
      const line = change.collection === selection.collection ? lineOf(selection, change) : undefined;
      if (line !== undefined) tell(line);
    };
    if (after === '' || after === '0') {
      for (const object of this.list(selection)) tell({ type: 'ADDED', object });
    } else {
      if (Number(after) < this.#compactedTo) throw new Refusal(410, 'Expired', `too old resource version: ${after} (${this.#compactedTo})`);
      for (const change of this.#history) if (change.version > Number(after)) follower(change);
    }
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  /** Forgets the history, as etcd does after five minutes. */
  compact(): void {
    this.#history = [];
    this.#compactedTo = this.#next();
  }

  #store(collection: string, before: StoredObject | undefined, given: StoredObject): StoredObject {
    // A change that changes nothing is none.
    if (before !== undefined && JSON.stringify(given) === JSON.stringify(before)) return before;
    const version = this.#next();
    const after = { ...given, metadata: { ...given.metadata, resourceVersion: String(version) } };
    this.#objects.set(`${collection}/${after.metadata.namespace}/${after.metadata.name}`, after);
    this.#record({ version, collection, after, ...(before === undefined ? {} : { before }) });
    return after;
  }

  #record(change: Change): void {
    this.#history.push(change);
    for (const follower of this.#followers) follower(change);
  }

  #next(): number {
    this.#version += 1;
    return this.#version;
  }
}

/** What a change is to somebody who sees the selected objects only: leaving the selection is a deletion. */
function lineOf(selection: Selection, { version, before, after }: Change): WatchLine | undefined {
  const was = before !== undefined && matches(selection, before);
  const is = after !== undefined && matches(selection, after);
  if (is) return { type: was ? 'MODIFIED' : 'ADDED', object: after };
  if (!was) return undefined;
  return { type: 'DELETED', object: { ...before, metadata: { ...before.metadata, resourceVersion: String(version) } } };
}

function matches({ namespace, labels, fields }: Selection, object: StoredObject): boolean {
  const { metadata } = object;
  if (namespace !== undefined && metadata.namespace !== namespace) return false;
  if (!Object.entries(fields).every(([path, value]) => fieldOf(object, path) === value)) return false;
  return Object.entries(labels).every(([name, value]) => metadata.labels?.[name] === value);
}

function fieldOf(object: StoredObject, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], object);
}
