/** A fenced block of a page. */
export interface Block {
  /** The line in the page of its first line. */
  readonly line: number;
  /** What stands after the opening fence, such as `sh`. */
  readonly language: string;
  readonly text: string;
  /** Why it is not checked: a comment before it, which readers do not see, says `not checked: <reason>`. */
  readonly unchecked?: string;
}

/** What can be looked for in a page. */
export interface Page {
  /** Below the root. */
  readonly path: string;
  readonly blocks: readonly Block[];
  /** The code spans of its prose, with their lines. */
  readonly spans: readonly { readonly line: number; readonly text: string }[];
  /** The page without blocks, code spans and comments, line by line. */
  readonly prose: readonly string[];
}

const FENCE = /^( *)(`{3,})(\S*)[^`]*$/;
const REASON = /^<!-- not checked: (.+) -->$/;

/** Reads Markdown as far as the checks need it (CommonMark, 4.5 "Fenced code blocks" and 6.1 "Code spans"). */
export function parsePage(path: string, text: string): Page {
  const lines = text.split('\n');
  const blocks: Block[] = [];
  const prose: string[] = [];
  for (let index = 0; index < lines.length; index++) {
    const [, indent = '', fence, language = ''] = FENCE.exec(lines[index]!) ?? [];
    if (fence === undefined) {
      prose.push(lines[index]!);
      continue;
    }
    const end = lines.findIndex((line, at) => at > index && line.trim() === fence);
    if (end < 0) throw new Error(`${path}:${index + 1}: this block has no end`);
    const content = lines.slice(index + 1, end).map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line));
    const reason = REASON.exec(prose.findLast((line) => line.trim() !== '')?.trim() ?? '')?.[1];
    blocks.push({ line: index + 2, language, text: content.join('\n'), ...(reason !== undefined && { unchecked: reason }) });
    // As many empty lines, so that the rest keeps its place.
    prose.push(...Array.from({ length: end - index + 1 }, () => ''));
    index = end;
  }
  return { path, blocks, ...withoutSpans(prose.join('\n').replaceAll(/<!--.*?-->/gs, blank)) };
}

/** The headings' anchors as GitHub makes them: small letters, no punctuation, a number after one that was there already. */
export function anchorsOf({ prose }: Pick<Page, 'prose'>, text: string): ReadonlySet<string> {
  const seen = new Map<string, number>();
  const anchors = new Set<string>();
  for (const [index, line] of text.split('\n').entries()) {
    const heading = /^#{1,6} +(.*?)(?: +#+)?$/.exec(line)?.[1];
    // What looks like a heading in a block, as a comment does, is none.
    if (heading === undefined || prose[index]?.startsWith('#') !== true) continue;
    const slug = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-');
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    anchors.add(count === 0 ? slug : `${slug}-${count}`);
  }
  return anchors;
}

function withoutSpans(text: string): Pick<Page, 'spans' | 'prose'> {
  const spans = [...text.matchAll(/(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)/gs)].map((match) => ({
    line: text.slice(0, match.index).split('\n').length,
    text: (match[2] ?? '').replaceAll('\n', ' ').trim(),
  }));
  return { spans, prose: text.replaceAll(/(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)/gs, blank).split('\n') };
}

/** As long, and on as many lines. */
function blank(text: string): string {
  return text.replaceAll(/[^\n]/g, ' ');
}
