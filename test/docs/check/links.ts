import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { anchorsOf, parsePage, type Page } from './markdown.ts';

/** What is wrong with the links of a page: to a file, to a heading of one, or to somewhere else; nobody is asked over the network. */
export function linkProblems(root: string, page: Page): readonly string[] {
  return page.prose.flatMap((line, index) =>
    targetsIn(line).flatMap((target) => {
      const why = problemOf(root, page, target);
      return why === undefined ? [] : [`${page.path}:${index + 1}: the link to ${target} ${why}`];
    }),
  );
}

/** The links of a page to other hosts, each with its line. */
export function linksOut({ prose }: Page): readonly { readonly line: number; readonly url: string }[] {
  const links = prose.flatMap((text, index) => targetsIn(text).map((url) => ({ line: index + 1, url })));
  return links.filter(({ url }) => url.startsWith('https:') && URL.canParse(url));
}

function targetsIn(line: string): readonly string[] {
  const linked = [
    ...line.matchAll(/\]\(([^)\s]*)(?: "[^"]*")?\)/g),
    ...line.matchAll(/^\[[^\]]+\]: (\S+)$/g),
    ...line.matchAll(/<(https?:[^>]*)>/g),
  ];
  return linked.map(([, target = '']) => target);
}

function problemOf(root: string, page: Page, target: string): string | undefined {
  if (/^[a-z][a-z+.-]*:/i.test(target)) return problemOfUrl(target);
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page.path : join(dirname(page.path), decodeURIComponent(path));
  if (!existsSync(join(root, file))) return 'leads to no file';
  if (anchor === undefined) return undefined;
  if (!file.endsWith('.md') || !statSync(join(root, file)).isFile()) return 'has an anchor, but leads to no page';
  const text = readFileSync(join(root, file), 'utf8');
  return anchorsOf(parsePage(file, text), text).has(anchor) ? undefined : 'leads to no heading';
}

function problemOfUrl(target: string): string | undefined {
  if (!URL.canParse(target)) return 'is no URL';
  const { protocol, hostname } = new URL(target);
  if (protocol !== 'https:') return 'is not by https';
  return hostname.includes('.') ? undefined : 'names no host of the internet';
}
