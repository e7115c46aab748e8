/** What a terminal or a line splitter might act on and JSON leaves as it is: C1 controls, format and line separator characters. */
export const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** The text with each such character as JSON writes what it must escape; one beyond the first plane takes two units. */
export function escapeUnsafe(text: string): string {
  return text.replace(UNSAFE, (character) =>
    Array.from({ length: character.length }, (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`).join(''),
  );
}
