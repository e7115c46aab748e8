/** How something is to strike the eye. */
export type Tone = 'good' | 'warning' | 'bad' | 'faint' | 'strong';

/** Colours a text that is safe for a terminal already. */
export type Paint = (text: string, tone?: Tone) => string;

/** Select Graphic Rendition (ECMA-48 section 8.3.117). */
const CODES = { good: 32, warning: 33, bad: 31, faint: 2, strong: 1 } as const satisfies Record<Tone, number>;

/** Colours on a terminal, unless NO_COLOR is set to anything (no-color.org) or the terminal is a dumb one. */
export function paintFor(isTerminal: boolean, environment: Readonly<Record<string, string | undefined>>): Paint {
  const isColoured = isTerminal && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb';
  return (text, tone) => (isColoured && tone !== undefined ? `\u001B[${CODES[tone]}m${text}\u001B[0m` : text);
}
