import type { TextParser } from './attribute-reader.ts';
import { type Fault, type Parsed, parsed, refused } from './parsed.ts';

/** Accepts exactly one of the words. */
export function keyword<Word extends string>(words: readonly Word[]): TextParser<Word> {
  return (text) => matching(text, words, (word) => word === text);
}

/** Accepts one of the words in capital or small letters, and gives it as it is written in `words`. */
export function keywordInAnyCase<Word extends string>(words: readonly Word[]): TextParser<Word> {
  return (text) => matching(text, words, (word) => word.toLowerCase() === text.toLowerCase());
}

const parseTruth = keyword(['true', 'false']);

/** Exactly `true` or `false`. */
export function parseBoolean(text: string): Parsed<boolean, Fault> {
  const word = parseTruth(text);
  return word.kind === 'parsed' ? parsed(word.value === 'true') : word;
}

function matching<Word extends string>(text: string, words: readonly Word[], matches: (word: Word) => boolean): Parsed<Word, Fault> {
  const found = words.find(matches);
  if (found !== undefined) return parsed(found);
  return refused({ value: text, why: 'is not known here', cure: `write one of ${words.map((word) => `"${word}"`).join(', ')}` });
}
