/** Of a plot, in pixels; what is drawn lies within the margin. */
const SIZE = { width: 1_000, height: 300 } as const;
export const MARGIN = { left: 60, right: 10, top: 30, bottom: 40 } as const;

/** Where a share of the axis lies: 0 is its begin, 1 its end. */
export function xAt(share: number): number {
  return MARGIN.left + share * (SIZE.width - MARGIN.left - MARGIN.right);
}

/** The same upwards. */
export function yAt(share: number): number {
  return SIZE.height - MARGIN.bottom - share * (SIZE.height - MARGIN.top - MARGIN.bottom);
}

/** A text at a place. @param attributes in SVG's own words. */
export function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${content}</text>`;
}

/** A line in a colour. @param steps what follows the first `M` of its path. */
export function line(steps: string, colour: string, attributes = ''): string {
  return `<path d="M${steps}" fill="none" stroke="${colour}"${attributes && ` ${attributes}`}/>`;
}

/** What each axis says, at shares of it. */
export interface Ticks {
  readonly x: readonly (readonly [share: number, label: string])[];
  readonly y: readonly (readonly [share: number, label: string])[];
}

/** A whole picture: two axes with what they say, and what is drawn between them. */
export function picture({ x, y }: Ticks, drawn: readonly string[]): string {
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${SIZE.height}" font-family="sans-serif" font-size="12">`;
  const ground = `<rect width="${SIZE.width}" height="${SIZE.height}" fill="#fff"/>`;
  const frame = line(`${xAt(0)} ${yAt(1)}V${yAt(0)}H${xAt(1)}`, '#888');
  // There is no room beside the last one.
  const below = x.map(([share, label]) => text(xAt(share), SIZE.height - 18, label, `text-anchor="${share === 1 ? 'end' : 'middle'}"`));
  const beside = y.map(([share, label]) => text(MARGIN.left - 6, yAt(share) + 4, label, 'text-anchor="end"'));
  return `${[head, ground, frame, ...drawn, ...below, ...beside, '</svg>'].join('\n')}\n`;
}
