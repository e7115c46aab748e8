import type { Contents } from '../../node-agent/contents.ts';

/** Contents whose files are some pages long and say at both ends which generation they are of. */
export function contentsOf(generation: number): Contents {
  const text = (what: string) => `${generation} ${what} ${'x'.repeat(9_000)} ${generation}`;
  return { keyPem: text('key'), chainPem: text('chain'), issuerCaPem: text('ca') };
}

/** The generation a file is of. @throws where the file is not whole. */
export function generationOf(text: string): number {
  const words = text.split(' ');
  if (words.length !== 4 || words[2]?.length !== 9_000 || words[0] !== words[3]) {
    throw new Error(`A file of ${text.length} characters is not whole: "${text.slice(0, 12)}…${text.slice(-12)}"`);
  }
  return Number(words[0]);
}
