/** One block of RFC 7468 text: what its label says it is, and the bytes inside. */
export interface PemBlock {
  readonly label: string;
  readonly der: Buffer;
}

const BEGIN = /^-----BEGIN ([A-Z0-9 ]{1,64})-----\s*$/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * The blocks of a PEM text, in order. Text before a block is allowed (RFC 7468 section 2); anything but white space after
 * the last one, or any line that only resembles a boundary, is not: it may be a certificate that got damaged.
 * @returns a sentence on the first fault instead, for whoever knows what the text was.
 */
export function parsePem(text: string): readonly PemBlock[] | { readonly fault: string } {
  const blocks: PemBlock[] = [];
  let open: { readonly label: string; base64: string } | undefined;
  let stray = false;
  for (const [index, line] of text.split('\n').entries()) {
    if (open === undefined) {
      const label = BEGIN.exec(line)?.[1];
      if (label !== undefined) {
        open = { label, base64: '' };
        stray = false;
      } else if (line.includes('-----')) return { fault: `line ${index + 1} is no PEM boundary` };
      else stray ||= line.trim() !== '';
    } else if (line.trimEnd() === `-----END ${open.label}-----`) {
      if (!BASE64.test(open.base64) || open.base64.length % 4 !== 0)
        return { fault: `the block that ends on line ${index + 1} is not base64` };
      blocks.push({ label: open.label, der: Buffer.from(open.base64, 'base64') });
      open = undefined;
    } else if (BASE64.test(line.trimEnd())) open.base64 += line.trimEnd();
    else return { fault: `line ${index + 1} is not base64` };
  }
  if (open !== undefined) return { fault: `the last block has no "-----END ${open.label}-----"` };
  if (stray) return { fault: blocks.length === 0 ? 'there is no PEM block' : 'text follows the last block' };
  return blocks;
}

/** One block with lines of 64 characters (RFC 7468 section 2) and a newline at the end. */
export function formatPem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
