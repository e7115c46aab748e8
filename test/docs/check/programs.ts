import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Program } from './commands.ts';

/** What is asked for the flags that every subcommand takes. */
const GLOBALS = { kubectl: ['options'], helm: ['--help'] } as const;

/** kubectl or helm at a path; each question is asked once. */
export function programAt(name: keyof typeof GLOBALS, path: string): Program {
  const answers = new Map<string, string>();
  const ask = (args: readonly string[]): string => {
    const key = args.join(' ');
    const answer = answers.get(key) ?? execFileSync(path, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    answers.set(key, answer);
    return answer;
  };
  return { help: (subcommands) => ask([...subcommands, '--help']), globals: ask(GLOBALS[name]) };
}

/** Those of the two that are to be had without building them: at one of the paths, or on PATH. */
export function programsAround(
  paths: Readonly<Record<keyof typeof GLOBALS, string>>,
): Readonly<Partial<Record<keyof typeof GLOBALS, Program>>> {
  const names = Object.keys(GLOBALS) as (keyof typeof GLOBALS)[];
  return Object.fromEntries(
    names.flatMap((name) => {
      const places = [paths[name], ...(process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, name))];
      const path = places.find((place) => existsSync(place));
      return path === undefined ? [] : [[name, programAt(name, path)]];
    }),
  );
}
