import { safeText } from './safe-text.ts';

/** What reads as a plain scalar of YAML 1.1 and 1.2 and as nothing but a string; all else is quoted, in JSON's form, which is YAML too. */
const PLAIN = /^[A-Za-z][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./-]+)*$/;
const WORDS_OF_OTHER_TYPES = /^(?:y|n|yes|no|on|off|true|false|null|nan|inf)$/i;

/** A JSON value as YAML (block style), without anything a terminal acts on. Fields that are undefined are left out. */
export function toYaml(value: unknown): string {
  return `${block(value, '').replace(/^\n/, '')}\n`;
}

/** What follows a `key:` or stands alone: a scalar behind a space, a collection on lines of its own. */
function block(value: unknown, indent: string): string {
  if (Array.isArray(value)) return value.length === 0 ? ' []' : value.map((item) => `\n${indent}-${listItem(item, indent)}`).join('');
  if (typeof value === 'object' && value !== null) {
    const fields = fieldsOf(value);
    return fields.length === 0 ? ' {}' : fields.map(([key, field]) => `\n${indent}${scalar(key)}:${block(field, `${indent}  `)}`).join('');
  }
  return ` ${scalar(value)}`;
}

/** An item of a list; the first line of a collection stands right behind the dash. */
function listItem(item: unknown, indent: string): string {
  return block(item, `${indent}  `).replace(/^\n */, ' ');
}

function fieldsOf(value: object): readonly [string, unknown][] {
  return Object.entries(value).filter(([, field]) => field !== undefined);
}

function scalar(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value ?? null);
  return PLAIN.test(value) && !WORDS_OF_OTHER_TYPES.test(value) ? value : safeText(JSON.stringify(value));
}
