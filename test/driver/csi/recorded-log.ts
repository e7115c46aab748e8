import type { Log, LogFields, LogLevel } from '../../../driver/report/log.ts';

export interface LogEntry {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** Keeps what is logged, and lets a test wait for it. */
export class RecordedLog implements Log {
  readonly entries: LogEntry[] = [];
  readonly #waiters = new Set<() => void>();

  error(message: string, fields: LogFields = {}): void {
    this.#add({ level: 'error', message, fields });
  }

  info(message: string, fields: LogFields = {}): void {
    this.#add({ level: 'info', message, fields });
  }

  debug(message: string, fields: LogFields = {}): void {
    this.#add({ level: 'debug', message, fields });
  }

  /** Resolves once `count` entries have this message. @returns the last of them. */
  async untilLogged(message: string, count = 1): Promise<LogEntry> {
    for (;;) {
      const entry = this.entries.filter((entry) => entry.message === message)[count - 1];
      if (entry !== undefined) return entry;
      await new Promise<void>((resolve) => this.#waiters.add(resolve));
    }
  }

  #add(entry: LogEntry): void {
    this.entries.push(entry);
    for (const wake of this.#waiters) wake();
    this.#waiters.clear();
  }
}
