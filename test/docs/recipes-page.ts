import { globSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { withPart } from './part.ts';

const ROOT = join(import.meta.dirname, '../..');
/** How a file's text is coloured, where its ending does not say. */
const LANGUAGES: Readonly<Record<string, string>> = { '.conf': 'nginx', '.mjs': 'js', '.mod': 'text' };

/** The page with every file of every recipe as it is. @throws {Error} where it has no place for one. */
export function withRecipes(page: string): string {
  const files = globSync('recipes/**/*.*', { cwd: ROOT }).toSorted();
  return files.reduce((text, file) => withPart(text, file, blockOf(file)), page);
}

function blockOf(file: string): string {
  const language = LANGUAGES[extname(file)] ?? extname(file).slice(1);
  return `\`\`\`${language}\n${readFileSync(join(ROOT, file), 'utf8')}\`\`\``;
}
