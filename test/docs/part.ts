/**
 * The page with what stands between `<!-- begin name -->` and `<!-- end name -->` made anew; what was there is lost.
 * @throws {Error} where the page has no such part.
 */
export function withPart(page: string, name: string, text: string): string {
  const [before, part, after] = page.split(new RegExp(`(?<=<!-- begin ${name} -->\\n)(.*)(?=<!-- end ${name} -->)`, 's'));
  if (before === undefined || part === undefined || after === undefined) throw new Error(`The page has no part "${name}"`);
  return `${before}${text}\n${after}`;
}
