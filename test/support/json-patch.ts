import { isDeepStrictEqual } from 'node:util';
import { Refusal } from './api-store.ts';

/** An operation of a JSON patch (RFC 6902), of the kinds that are used here. */
export type Operation =
  | { readonly op: 'test' | 'add'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/** @returns the object with all operations done. @throws {Refusal} as kube-apiserver answers where one of them cannot be. */
export function patched<Value extends object>(object: Value, operations: readonly Operation[]): Value {
  const result = structuredClone(object);
  for (const operation of operations) perform(result as Record<string, unknown>, operation);
  return result;
}

function perform(object: Record<string, unknown>, operation: Operation): void {
  const names = operation.path.split('/').slice(1);
  const last = names.pop() ?? '';
  const parent = names.reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], object);
  const couldNot = new Refusal(422, '', `${operation.op} operation does not apply at ${operation.path}`);
  if (typeof parent !== 'object' || parent === null || (operation.op !== 'add' && !(last in parent))) throw couldNot;
  const found = (parent as Record<string, unknown>)[last];
  if (operation.op === 'test' && !isDeepStrictEqual(found, operation.value)) throw couldNot;
  if (operation.op === 'add') (parent as Record<string, unknown>)[last] = operation.value;
  if (operation.op === 'remove' && Array.isArray(parent)) parent.splice(Number(last), 1);
}
