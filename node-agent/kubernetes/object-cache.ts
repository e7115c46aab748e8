import type { ApiObject } from './api-object.ts';

/** Where an object is kept: names are unique within a namespace only. */
export interface ObjectKey {
  readonly namespace: string;
  readonly name: string;
}

/** Copies of objects by namespace and name, and those who wait for one to change. */
export class ObjectCache<T> {
  readonly #objects = new Map<string, T>();
  readonly #waiters = new Map<string, Set<() => void>>();
  /** What the caller is about to create; struck off when the watch tells that it was deleted again. */
  readonly #expected = new Set<string>();
  /** What was added since a list was asked for, and is therefore not for that list to remove; undefined when none is under way. */
  #addedSinceList: Set<string> | undefined;
  readonly #trim: (object: ApiObject) => T;
  readonly #groupOf: (kept: T) => string;
  /** The keys of the objects of each group. */
  readonly #groups = new Map<string, Set<string>>();

  /** `trim` keeps of an object what its readers need, and `groupOf` says by what else than its name they look for it. */
  constructor(trim: (object: ApiObject) => T, groupOf: (kept: T) => string = () => '') {
    this.#trim = trim;
    this.#groupOf = groupOf;
  }

  get(key: ObjectKey): T | undefined {
    return this.#objects.get(textOf(key));
  }

  values(): Iterable<T> {
    return this.#objects.values();
  }

  /** Those of one group. */
  *inGroup(group: string): Iterable<T> {
    for (const key of this.#groups.get(group) ?? []) yield this.#objects.get(key) as T;
  }

  /** Keeps less of an object, if it is there: nobody is woken. */
  shorten(key: ObjectKey, shorten: (kept: T) => T): void {
    const name = textOf(key);
    const kept = this.#objects.get(name);
    if (kept !== undefined) this.#set(name, shorten(kept));
  }

  /** To be called before the object is created, since the watch may be quicker than the answer to that call. */
  expect(key: ObjectKey): void {
    this.#expected.add(textOf(key));
  }

  /** Puts in what has just been created, unless the watch has already told of it, or of its deletion, since it was expected. */
  add(key: ObjectKey, object: T): void {
    const name = textOf(key);
    const isNews = this.#expected.delete(name) && !this.#objects.has(name);
    if (!isNews) return;
    this.#addedSinceList?.add(name);
    this.#set(name, object);
  }

  /** Takes over what the watch told. */
  put(object: ApiObject): void {
    const key = textOf(object.metadata);
    this.#set(key, this.#trim(object));
    this.#wake(key);
  }

  remove(key: ObjectKey): void {
    this.#remove(textOf(key));
  }

  /** To be called before a list is asked for. */
  beginList(): void {
    this.#addedSinceList = new Set();
  }

  /** Takes over a list; what was added while it was under way stays, since the list may have been made before. */
  replace(items: readonly ApiObject[]): void {
    const listed = new Map(items.map((object) => [textOf(object.metadata), this.#trim(object)]));
    for (const key of this.#objects.keys()) {
      if (!listed.has(key) && !this.#addedSinceList?.has(key)) this.#remove(key);
    }
    this.#addedSinceList = undefined;
    for (const [key, object] of listed) this.#set(key, object);
    this.wakeAll();
  }

  /** Resolves at the next change of the object, or at `wakeAll`; ask `get` again then. @throws `signal.reason` once aborted. */
  changed(key: ObjectKey, signal: AbortSignal): Promise<void> {
    const name = textOf(key);
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const waiters = this.#waiters.get(name) ?? new Set();
      const leave = () => {
        signal.removeEventListener('abort', giveUp);
        waiters.delete(wake);
        if (waiters.size === 0) this.#waiters.delete(name);
      };
      const giveUp = () => {
        leave();
        reject(signal.reason);
      };
      const wake = () => {
        leave();
        resolve();
      };
      this.#waiters.set(name, waiters.add(wake));
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  /** Wakes whoever waits, whatever for: something changed that concerns all. */
  wakeAll(): void {
    for (const key of this.#waiters.keys()) this.#wake(key);
  }

  #set(key: string, object: T): void {
    this.#leaveGroup(key);
    this.#objects.set(key, object);
    const group = this.#groupOf(object);
    this.#groups.set(group, (this.#groups.get(group) ?? new Set()).add(key));
  }

  #remove(key: string): void {
    this.#expected.delete(key);
    this.#leaveGroup(key);
    if (this.#objects.delete(key)) this.#wake(key);
  }

  #leaveGroup(key: string): void {
    const object = this.#objects.get(key);
    if (object === undefined) return;
    const group = this.#groupOf(object);
    const keys = this.#groups.get(group);
    keys?.delete(key);
    if (keys?.size === 0) this.#groups.delete(group);
  }

  /** A waiter leaves the set as it is woken, which a walk over a set allows. */
  #wake(key: string): void {
    for (const wake of this.#waiters.get(key) ?? []) wake();
  }
}

/** Neither a namespace nor a name has a slash in it. */
function textOf({ namespace, name }: ObjectKey): string {
  return `${namespace}/${name}`;
}
