import type { Clock } from './clock.ts';
import type { ExitStatus } from './exit-status.ts';
import type { Kubectl } from './kubectl/kubectl.ts';
import type { NodeAccess } from './nodes/ask-nodes.ts';
import type { Paint } from './output/colour.ts';
import { createStatusLine } from './output/status-line.ts';
import type { Values } from './values.ts';

/** What the program writes to and reads from. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly paint: Paint;
  readonly errPaint: Paint;
  /** Whether somebody watches standard error as it comes. */
  readonly isWatched: boolean;
  /** Puts a question to whoever sits there; undefined where nobody does. */
  readonly ask: ((question: string, signal: AbortSignal) => Promise<string>) | undefined;
}

/** All that a command gets. */
export interface Context {
  readonly kubectl: Kubectl;
  readonly clock: Clock;
  readonly terminal: Terminal;
  readonly values: Values;
  readonly words: readonly string[];
}

/** What a command does. @throws {CliFailure} */
export type Run = (context: Context, signal: AbortSignal) => Promise<ExitStatus>;

/** How this command line has nodes asked. @throws {UsageFailure} */
export function nodeAccess({ kubectl, clock, values, terminal }: Context): NodeAccess {
  return {
    kubectl,
    clock,
    adminPort: values.port('admin-port', 9_404),
    nodeTimeoutMs: values.duration('node-timeout') ?? 15_000,
    line: createStatusLine(terminal),
  };
}
