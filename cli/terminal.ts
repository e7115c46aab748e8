import { createInterface } from 'node:readline/promises';
import type { Terminal } from './context.ts';
import { paintFor } from './output/colour.ts';

/** The terminal, files or pipes that this process was started with. */
export function processTerminal(): Terminal {
  const { stdin, stdout, stderr, env } = process;
  const isAnybodyThere = stdin.isTTY && stderr.isTTY;
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    paint: paintFor(stdout.isTTY, env),
    errPaint: paintFor(stderr.isTTY, env),
    isWatched: stderr.isTTY,
    ask: isAnybodyThere ? ask : undefined,
  };
}

async function ask(question: string, signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // The line editor takes Ctrl-C for itself.
  lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    return await lines.question(question, { signal });
  } finally {
    lines.close();
  }
}
