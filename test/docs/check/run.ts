import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { HELM_PATH } from '../../chart/helm.ts';
import { KUBECTL } from '../../cluster/kubectl.ts';
import { linksOut } from './links.ts';
import { parsePage } from './markdown.ts';
import { askLinks } from './online.ts';
import { judgePage, PAGES, ROOT, surroundingsHere } from './judge.ts';
import { programsAround } from './programs.ts';

/** Hosts that see one person read, and no more. */
const ASKING = { atOnce: 4, timeoutMs: 20_000 };

/**
 * `npm run docs:check` judges every page: links, commands and YAML. With `--online` it also asks every link to another host, which nothing else does. kubectl and helm are asked for what they know where they are installed, or built by
 * `npm run cluster:up` and `npm run chart:test`. Ends with 1 where something is wrong.
 */
async function main(): Promise<number> {
  const { online } = parseArgs({ options: { online: { type: 'boolean', default: false } } }).values;
  const programs = programsAround({ kubectl: KUBECTL, helm: HELM_PATH });
  const surroundings = surroundingsHere(programs);
  const problems = PAGES.flatMap((path) => judgePage(path, surroundings));
  if (online) problems.push(...(await deadLinks()));
  for (const problem of problems) process.stderr.write(`✘ ${problem}\n`);
  const unasked = ['kubectl', 'helm'].filter((name) => !(name in programs));
  if (unasked.length > 0) process.stdout.write(`! not here to be asked for subcommands and flags: ${unasked.join(', ')}\n`);
  process.stdout.write(`${PAGES.length} pages, ${problems.length} problems\n`);
  return problems.length === 0 ? 0 : 1;
}

async function deadLinks(): Promise<readonly string[]> {
  const links = PAGES.flatMap((path) =>
    linksOut(parsePage(path, readFileSync(join(ROOT, path), 'utf8'))).map((link) => ({ path, ...link })),
  );
  const whys = await askLinks(
    links.map(({ url }) => url),
    ASKING,
  );
  return links.filter(({ url }) => whys.has(url)).map(({ path, line, url }) => `${path}:${line}: the link to ${url} ${whys.get(url)}`);
}

process.exitCode = await main();
