import { type AttributeName, type DefaultedName, findAttribute } from './attribute-table.ts';
import { type Fault, type Parsed, inField, parsed, unless } from './parsed.ts';
import { type Variables, expandVariables } from './variables.ts';

/** Makes something of an attribute's text, without knowing whose text it is. */
export type TextParser<T> = (text: string) => Parsed<T, Fault>;

/** Reads one volume's attributes: an empty value counts as unset, and an unset one has the default of the attribute table. */
export class AttributeReader {
  readonly #attributes: Readonly<Record<string, string>>;
  readonly #variables: Variables;

  constructor(attributes: Readonly<Record<string, string>>, variables: Variables) {
    this.#attributes = attributes;
    this.#variables = variables;
  }

  /** The attribute's text parsed; undefined where it is unset and has no default. Problems name the attribute. */
  read<T>(name: DefaultedName, parse: TextParser<T>): Parsed<T>;
  read<T>(name: AttributeName, parse: TextParser<T>): Parsed<T | undefined>;
  read<T>(name: AttributeName, parse: TextParser<T>): Parsed<T | undefined> {
    const text = this.given(name) ?? findAttribute(name)?.fallback;
    return text === undefined ? parsed(undefined) : inField(name, text, parse(text));
  }

  /** What is given, as it is; undefined where the attribute is unset, whatever its default. */
  given(name: AttributeName): string | undefined {
    return this.#attributes[name] || undefined;
  }

  /** Refuses those of `dependents` that are given though `needed` is not. Their values are not shown: one is a password. */
  refuseWithout(needed: AttributeName, dependents: readonly AttributeName[]): Parsed<undefined> {
    const lost = this.given(needed) === undefined ? dependents.filter((name) => this.given(name) !== undefined) : [];
    const problems = lost.map((field) => ({ field, why: `says nothing without ${needed}`, cure: `set ${needed} too, or remove it` }));
    return unless(problems, undefined);
  }

  /** As {@link read}, after variables are expanded in the whole text; undefined also where it is not known to its end yet. */
  readExpanded<T>(name: AttributeName, parse: TextParser<T>): Parsed<T | undefined> {
    return this.read(name, (text): Parsed<T | undefined, Fault> => {
      const expanded = expandVariables(text, this.#variables);
      if (expanded.kind === 'refused') return expanded;
      return expanded.value === undefined ? parsed(undefined) : parse(expanded.value);
    });
  }
}
