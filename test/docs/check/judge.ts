import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { judgeCommand, type Program, type Surroundings } from './commands.ts';
import { linkProblems } from './links.ts';
import { parsePage, type Block, type Page } from './markdown.ts';
import { readCommands, withoutPlaceholders } from './shell.ts';
import { yamlProblems } from './yaml.ts';

export const ROOT = join(import.meta.dirname, '../../..');

/** Every page that people read, as paths below the root. */
export const PAGES: readonly string[] = [
  '*.md',
  'docs/**/*.md',
  'manifests/**/*.md',
  'bench/**/*.md',
  'test/**/*.md',
  'cli/**/*.md',
].flatMap((pattern) => globSync(pattern, { cwd: ROOT }).toSorted());

/** A code span that is a command to run. */
const COMMAND_SPAN = /^(?:npm (?:run |test|start)|kubectl |helm |\.ci\/run)/;

/** What commands are judged by here, next to programs that can be asked. */
export function surroundingsHere(programs: Readonly<Record<string, Program>>): Surroundings {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Pick<Surroundings, 'scripts'>;
  return { root: ROOT, scripts, programs };
}

/** Everything wrong with the links, commands and YAML of a page, one line each: `docs/a.md:12: …`. */
export function judgePage(path: string, surroundings: Surroundings): readonly string[] {
  const page = parsePage(path, readFileSync(join(ROOT, path), 'utf8'));
  return [...linkProblems(ROOT, page), ...commandProblems(page, surroundings)];
}

/** Everything wrong with the commands of a page, in blocks of `sh` and in its prose, and with its YAML. */
export function commandProblems(page: Page, surroundings: Surroundings): readonly string[] {
  const inSpans = page.spans
    .filter(({ text }) => COMMAND_SPAN.test(text))
    .flatMap(({ line, text }) =>
      readCommands(text).flatMap(({ words }) => judgeCommand(words, surroundings).map((why) => `${page.path}:${line}: ${why}`)),
    );
  const inBlocks = page.blocks
    .filter(({ unchecked }) => unchecked === undefined)
    .flatMap((block) => blockProblems(block, surroundings).map(({ line, why }) => `${page.path}:${line}: ${why}`));
  return [...inBlocks, ...inSpans];
}

interface Problem {
  readonly line: number;
  readonly why: string;
}

function blockProblems(block: Block, surroundings: Surroundings): readonly Problem[] {
  switch (block.language) {
    case 'sh':
      return shellProblems(block, surroundings);
    case 'yaml':
      return yamlProblems(block.text).map((why) => ({ line: block.line, why }));
    case 'console':
      return shellProblems({ ...block, text: commandsOfSession(block.text) }, surroundings);
    // Not to be looked past by another name.
    case 'bash':
    case 'shell':
      return [{ line: block.line - 1, why: `"${block.language}" is written sh here` }];
    default:
      return [];
  }
}

/** What was typed in a session, on its own lines. */
function commandsOfSession(text: string): string {
  return text.replaceAll(/^.*$/gm, (line) => (line.startsWith('$ ') ? line.slice('$ '.length) : ''));
}

function shellProblems(block: Block, surroundings: Surroundings): readonly Problem[] {
  const { status, stderr } = spawnSync('sh', ['-n'], { input: withoutPlaceholders(block.text), encoding: 'utf8' });
  if (status !== 0) return [{ line: block.line, why: `no shell takes this: ${stderr.trim()}` }];
  return readCommands(block.text).flatMap(({ words, line, input }) => {
    const isYaml = input !== undefined && ['kubectl', 'helm'].includes(words[0] ?? '');
    const whys = [...judgeCommand(words, surroundings), ...(isYaml ? yamlProblems(input) : [])];
    return whys.map((why) => ({ line: block.line + line, why }));
  });
}
