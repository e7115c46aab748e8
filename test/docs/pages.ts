import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withAttributes } from './attributes-page.ts';
import { withFlags } from './flags-page.ts';
import { withMetrics } from './metrics-page.ts';
import { withRecipes } from './recipes-page.ts';
import { withSizes } from './sizing-page.ts';

/** The documents of which parts are made from code and figures, by their names in docs/, each with what makes them. */
export const MADE_PAGES: ReadonlyMap<string, (page: string) => string> = new Map([
  ['attributes.md', withAttributes],
  ['flags.md', withFlags],
  ['metrics.md', withMetrics],
  ['recipes.md', withRecipes],
  ['sizing.md', withSizes],
]);

const DOCS = join(import.meta.dirname, '../../docs');

/** A document as it is. */
export function readPage(name: string): string {
  return readFileSync(join(DOCS, name), 'utf8');
}

/** Writes the parts of all documents anew. */
export function writePages(): void {
  for (const [name, remade] of MADE_PAGES) writeFileSync(join(DOCS, name), remade(readPage(name)));
}
