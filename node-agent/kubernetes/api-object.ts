import { ApiError } from './api-error.ts';
import { array, record, text } from '../json-value.ts';

/** A kind of object, as its path names it; the group of the core API is empty. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

/** Which objects are meant, in the API's own notation (Kubernetes API concepts, labels and field selectors): what is left out selects all. */
export interface Selector {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/** Any object of the API, checked as far as every one is alike (meta/v1 `ObjectMeta`); the rest is for its reader to judge. */
export interface ApiObject {
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

/** What we read of an object's metadata (meta/v1 `ObjectMeta`); texts that are missing are empty. */
export interface ObjectMeta {
  readonly name: string;
  /** Empty for objects of the cluster. */
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** RFC 3339, in whole seconds. */
  readonly creationTimestamp: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly ownerReferences: readonly OwnerReference[];
}

/** Of an object's owner what tells it from others (meta/v1 `OwnerReference`). */
export interface OwnerReference {
  readonly kind: string;
  readonly uid: string;
}

/** Objects of one namespace, or of all. */
export interface ObjectList {
  /** What a watch continues from. */
  readonly resourceVersion: string;
  readonly items: readonly ApiObject[];
}

/** Of the metadata only what `ObjectMeta` names is kept. @throws {ApiError} for what cannot be an object. */
export function readObject(value: unknown): ApiObject {
  const object = record(value);
  const metadata = record(object?.['metadata']);
  const name = text(metadata?.['name']);
  const resourceVersion = text(metadata?.['resourceVersion']);
  if (metadata === undefined || name === '' || resourceVersion === '')
    throw new ApiError('The API server sent an object without a name or version');
  return {
    ...object,
    metadata: {
      name,
      resourceVersion,
      namespace: text(metadata['namespace']),
      uid: text(metadata['uid']),
      creationTimestamp: text(metadata['creationTimestamp']),
      labels: readTexts(metadata['labels']),
      annotations: readTexts(metadata['annotations']),
      ownerReferences: array(metadata['ownerReferences']).map(readOwner),
    },
  };
}

/** @throws {ApiError} for what cannot be a list. */
export function readList(value: unknown): ObjectList {
  const list = record(value);
  const resourceVersion = text(record(list?.['metadata'])?.['resourceVersion']);
  if (list === undefined || resourceVersion === '' || !Array.isArray(list['items']))
    throw new ApiError('The API server sent a list without items or version');
  return { resourceVersion, items: list['items'].map(readObject) };
}

function readTexts(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(record(value) ?? {}).map(([name, item]) => [name, text(item)]));
}

function readOwner(value: unknown): OwnerReference {
  const owner = record(value);
  return { kind: text(owner?.['kind']), uid: text(owner?.['uid']) };
}
