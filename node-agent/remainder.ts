/**
 * A quarter of what is left of a certificate at an instant: nothing that is to replace it is put off for longer. No limit where there is
 * none, or once it has ended: then there is no remainder to save, and a broken issuer would be asked every moment for as long as it is broken.
 */
export function quarterLeftMs(notAfterAt: Date | undefined, now: Date): number {
  const leftMs = notAfterAt === undefined ? 0 : notAfterAt.getTime() - now.getTime();
  return leftMs > 0 ? leftMs / 4 : Infinity;
}
