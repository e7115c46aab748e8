import * as fc from 'fast-check';
import { hostileText, mutated } from './hostile.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Values of every type, and objects that are not what they look like once a program uses them as text. */
const hostileValue: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(null, true, false, 0, -1, 1.5, 1e308, 2 ** 53, '', 'x', [], {}, [[]], [null]),
  fc
    .constantFrom('{"toString":null,"valueOf":null}', '{"__proto__":{"kind":"x"}}', '{"constructor":{}}', '{"length":1e9}', '[{"":""}]')
    .map((text) => JSON.parse(text) as Json),
  fc.constant('['.repeat(100) + ']'.repeat(100)).map((text) => JSON.parse(text) as Json),
  hostileText,
);

const hostileKey = fc.oneof(fc.constantFrom('__proto__', 'toString', 'constructor', 'length', 'secrets', ''), hostileText);

interface Damage {
  readonly kind: 'replace' | 'remove' | 'add' | 'rename';
  /** Which of all places in the value, counted from the outside in. */
  readonly at: number;
  readonly value: Json;
  readonly key: string;
}

const damages: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constantFrom('replace', 'replace', 'remove', 'add', 'rename'),
  at: fc.nat(10_000),
  value: hostileValue,
  key: hostileKey,
});

/** JSON texts of values that were sound: places within are replaced, removed, renamed or added to, and at times the text itself is changed. */
export function damagedJson(values: fc.Arbitrary<unknown>): fc.Arbitrary<string> {
  const texts = fc.tuple(values, fc.array(damages, { minLength: 1, maxLength: 3 })).map(([value, all]) => {
    return JSON.stringify(all.reduce((whole, one) => damage(whole, { ...one, value: copy(one.value) }), copy(value)));
  });
  return fc.oneof(
    { weight: 4, arbitrary: texts },
    { weight: 1, arbitrary: mutated(texts) },
    { weight: 1, arbitrary: mutated(values.map((value) => JSON.stringify(value))) },
  );
}

function copy(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

/** Changes one place; both values are copies. */
function damage(whole: Json, { kind, at, value, key }: Damage): Json {
  const places = placesOf(whole);
  const place = places[at % (places.length + 1)];
  if (place === undefined) return kind === 'replace' ? value : whole;
  const { holder, name } = place;
  switch (kind) {
    case 'replace':
      put(holder, name, value);
      break;
    case 'remove':
      take(holder, name);
      break;
    case 'add':
      put(holder, key, value);
      break;
    case 'rename':
      put(holder, key, take(holder, name));
      break;
    default:
      kind satisfies never;
  }
  return whole;
}

type Holder = Json[] | { [key: string]: Json };

function placesOf(value: Json): readonly { readonly holder: Holder; readonly name: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [{ holder: value, name }, ...placesOf(inner)]);
}

/** As JSON.parse does it: also `__proto__` is a key like any other. */
function put(holder: Holder, name: string, value: Json): void {
  if (Array.isArray(holder)) holder[Number(name) in holder ? Number(name) : holder.length] = value;
  else Object.defineProperty(holder, name, { value, enumerable: true, configurable: true, writable: true });
}

function take(holder: Holder, name: string): Json {
  if (Array.isArray(holder)) return holder.splice(Number(name), 1)[0] ?? null;
  const value = holder[name] ?? null;
  delete holder[name];
  return value;
}
