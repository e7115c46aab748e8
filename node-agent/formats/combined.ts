import type { CombinedPart, Contents } from '../contents.ts';
import { certificatesOf, toPem, trustedCaPem } from './certificates.ts';

/** One PEM text of the parts in their order; a part that there is not leaves nothing. */
export function combine(contents: Contents, order: readonly CombinedPart[]): string {
  return order.map((part) => withNewline(partOf(contents, part))).join('');
}

function partOf(contents: Contents, part: CombinedPart): string {
  switch (part) {
    case 'key':
      return contents.keyPem;
    case 'leaf':
      return toPem(certificatesOf(contents.chainPem).slice(0, 1));
    case 'chain':
      return chainAbove(contents);
    case 'ca':
      return trustedCaPem(contents);
    default:
      return part satisfies never;
  }
}

/** The chain without the leaf, in PEM; empty where the leaf came alone. */
export function chainAbove({ chainPem }: Contents): string {
  return toPem(certificatesOf(chainPem).slice(1));
}

/** What an issuer gave need not end in one, and boundaries must begin a line (RFC 7468 section 2). */
function withNewline(pem: string): string {
  return pem === '' || pem.endsWith('\n') ? pem : `${pem}\n`;
}
