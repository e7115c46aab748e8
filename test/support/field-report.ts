import { appendFileSync } from 'node:fs';
import type { TestContext } from 'node:test';

/** What one test of `test/field` did and saw; a row of docs/reliability.md. */
export interface FieldCase {
  /** What went wrong, and where it was made to. */
  readonly injected: string;
  /** How often. */
  readonly rounds: number;
  /** What came of it, in figures that the test counted. */
  readonly observed: string;
}

/** A line of the report. */
export interface FieldLine extends FieldCase {
  /** The test's name, which is the promise. */
  readonly promise: string;
  /** The suite's name. */
  readonly subject: string;
}

/** Where `npm run field` has the lines written. */
const REPORT = process.env['PODCERT_FIELD_REPORT'];

/** How often a test does its work: `npm test` has less time than `npm run field`, which writes the report. */
export function rounds({ usual, full }: { readonly usual: number; readonly full: number }): number {
  return REPORT === undefined ? usual : full;
}

/** Tells `npm run field` what the test has seen; call it last, once every assertion held. */
export function report({ name, fullName }: TestContext, seen: FieldCase): void {
  if (REPORT === undefined) return;
  const line: FieldLine = { promise: name, subject: fullName.slice(0, -name.length).replace(/ > $/, ''), ...seen };
  appendFileSync(REPORT, `${JSON.stringify(line)}\n`);
}
