import { escapeUnsafe } from '../../report/unsafe-characters.ts';

/** Text that is HTML already: what {@link html} makes, and what we wrote. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template: texts of anybody's, and what templates made. */
export type Content = string | number | Html | undefined | readonly Content[];

/**
 * HTML from a template. Every value that is not HTML itself is escaped, so that no name or message of anybody's becomes a part of the page
 * (HTML, "Serializing HTML fragments"); in the template attributes stand in double quotes.
 */
export function html(template: TemplateStringsArray, ...values: readonly Content[]): Html {
  return new Html(String.raw({ raw: template.raw }, ...values.map(write)));
}

function write(content: Content): string {
  if (content instanceof Html) return content.text;
  if (content === undefined) return '';
  if (typeof content === 'object') return content.map(write).join('');
  return escape(`${content}`);
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** What would turn the direction of a line, or is not seen, is shown by its number. */
function escape(text: string): string {
  return escapeUnsafe(text).replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
