/** What a terminal acts on or hides, and what would break a line or a column: controls, format characters such as those that turn the direction of text, separators. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Text from the cluster as it may go to a terminal: each unsafe character as JSON writes it. */
export function safeText(text: string): string {
  return text.replace(UNSAFE, (character) =>
    Array.from({ length: character.length }, (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`).join(''),
  );
}

/** A value as indented JSON (RFC 8259) that holds no character a terminal acts on. */
export function safeJson(value: unknown): string {
  // The line feeds of the indentation stay; those within strings were escaped by then.
  return JSON.stringify(value, undefined, 2).split('\n').map(safeText).join('\n');
}
