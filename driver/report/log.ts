import type { Clock } from '../../node-agent/clock.ts';
import { escapeUnsafe } from './unsafe-characters.ts';

/** Ids, names, paths, serials, instants and counts; never a whole request, a key, a token or a password. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** From what somebody must look at to what helps to find a fault. */
export type LogLevel = 'error' | 'info' | 'debug';

/** One line a call. */
export interface Log {
  error(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
}

/** The `--log-level` from which on a level is written. */
const FROM = { error: 0, info: 1, debug: 2 } satisfies Record<LogLevel, number>;

/** Longer texts are cut: container runtimes split lines at 16 KiB. */
const MAX_TEXT_CHARACTERS = 4_000;

/**
 * A log of JSON lines: `{"time":…,"level":…,"message":…}` and the fields, `time` in RFC 3339. Whatever a text holds, a call
 * writes exactly one line, and no field can take the place of those three.
 * @param write is given each line with its newline.
 */
export function createLog(logLevel: number, clock: Clock, write: (line: string) => void): Log {
  const writer = (level: LogLevel) => (message: string, fields?: LogFields) => {
    if (logLevel < FROM[level]) return;
    const head = { time: clock.now().toISOString(), level, message };
    // Twice: first for the order of the keys, then to win.
    const line = JSON.stringify({ ...head, ...fields, ...head }, (_, value: unknown) => (typeof value === 'string' ? cut(value) : value));
    write(`${escapeUnsafe(line)}\n`);
  };
  return { error: writer('error'), info: writer('info'), debug: writer('debug') };
}

function cut(text: string): string {
  return text.length > MAX_TEXT_CHARACTERS ? `${text.slice(0, MAX_TEXT_CHARACTERS)}…` : text;
}
