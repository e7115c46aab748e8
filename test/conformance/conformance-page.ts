const HEAD = `# Conformance

Made by programs: what is written here by hand is lost with their next run.
`;

/** The page with the section of that title written anew, or added at the end. @param page empty where there is none yet. */
export function withSection(page: string, title: string, text: string): string {
  const [, ...sections] = page.split(/^(?=## )/m);
  const section = `## ${title}\n\n${text.trim()}\n`;
  const place = sections.findIndex((old) => old.startsWith(`## ${title}\n`));
  const kept = sections.map((old) => `${old.trim()}\n`);
  return [HEAD, ...(place < 0 ? [...kept, section] : kept.with(place, section))].join('\n');
}
