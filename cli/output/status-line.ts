/** A line that is written over and over to say how far something is; no line where nobody watches. */
export interface StatusLine {
  readonly show: (text: string) => void;
  readonly clear: () => void;
}

/** Carriage return, then erase to the end of the line (ECMA-48 section 8.3.41). */
const ERASE = '\r\u001B[K';

export const NO_LINE: StatusLine = { show: () => undefined, clear: () => undefined };

/** A line on standard error. */
export function createStatusLine({ err, isWatched }: { readonly err: (text: string) => void; readonly isWatched: boolean }): StatusLine {
  return isWatched ? { show: (text) => err(`${ERASE}${text}`), clear: () => err(ERASE) } : NO_LINE;
}
