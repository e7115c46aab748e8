/** What CHANGELOG.md says of one version. */
export interface Section {
  /** Between the brackets of the heading: a version, or `Unreleased`. */
  readonly title: string;
  /** Absent where the heading has none: nobody has said yet that this is what is released. */
  readonly date?: string;
  /** Markdown, without the heading. */
  readonly text: string;
}

/** The sections of a changelog in their order, newest first (keepachangelog.com, 1.1.0). */
export function readChangelog(text: string): readonly Section[] {
  const parts = text.split(/^## /m).slice(1);
  return parts.map((part) => {
    const [heading = '', ...lines] = part.split('\n');
    const title = /^\[([^\]]+)\]/.exec(heading)?.[1] ?? heading.trim();
    const date = / - (\d{4}-\d{2}-\d{2})$/.exec(heading.trim())?.[1];
    return { title, ...(date !== undefined && { date }), text: withoutLinkTargets(lines.join('\n')).trim() };
  });
}

/**
 * What people are told of a version, wherever they read it: files of the repository are named and not linked. Before the version has a section, what is
 * to become one; `undefined` where there is neither.
 */
export function notesFor(version: string, sections: readonly Section[]): string | undefined {
  const section = sections.find(({ title }) => title === version) ?? sections.find(isUnreleased);
  return section === undefined || section.text === '' ? undefined : withoutOwnLinks(section.text);
}

export function isUnreleased({ title }: Section): boolean {
  return title.toLowerCase() === 'unreleased';
}

/** The targets of the headings' links, which stand below the last section, belong to none. */
function withoutLinkTargets(text: string): string {
  return text.replaceAll(/^\[[^\]]+\]: \S+$/gm, '');
}

/** A link from the changelog to a file leads nowhere from elsewhere, and the project has no address to put before it. */
function withoutOwnLinks(text: string): string {
  return text.replaceAll(/\[([^\]]+)\]\((?![a-z]+:)([^)\s]+)\)/g, (_, shown: string, path: string) =>
    shown === path ? path : `${shown} (${path})`,
  );
}
