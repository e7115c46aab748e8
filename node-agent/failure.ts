import { AgentError } from './errors.ts';
import type { Failure } from './events.ts';

/** What may be told of an error: ours in full; of anything else only its class, since its message might quote what it worked on. */
export function toFailure(error: unknown): Failure {
  if (error instanceof AgentError) return { code: error.code, message: error.message };
  return { code: 'bug', message: classOf(error) };
}

/** What differs between two attempts that fail alike: names of requests, serial numbers in hexadecimal, instants, numbers. */
const PASSING = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}|\b[\dA-F]+\b|\d+/g;

/** Whether two messages say the same, but for what differs between two attempts. */
export function isAlike(one: string, other: string): boolean {
  return one.replace(PASSING, '#') === other.replace(PASSING, '#');
}

/** Where a bug is, for the log: class and stack frames of whatever was thrown, one a line, without its message. */
export function traceOf(error: unknown): string {
  if (!(error instanceof Error)) return classOf(error);
  // A message may have lines that look like frames, so it goes first, and then all that stands before the frames.
  const lines = (error.stack ?? '').replace(error.message, '').split('\n');
  const frames = lines.slice(lines.findLastIndex((line) => !/^ +at /.test(line)) + 1);
  return [classOf(error), ...frames].join('\n');
}

function classOf(error: unknown): string {
  return error instanceof Error ? error.name : `thrown: ${typeof error}`;
}
