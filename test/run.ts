import { globSync } from 'node:fs';
import { hasOwnMounts, runWithOwnMounts } from '../demo/own-mounts.ts';

/**
 * Runs the tests in mounts of their own: `npm test`, or `npm test -- test/spec/*.test.ts` for some files,
 * `npm test -- --test-name-pattern=…` for some names. Tests that need a cluster or Helm have commands of their own.
 */
function main(args: readonly string[]): number {
  const options = args.filter((arg) => arg.startsWith('-'));
  const named = args.filter((arg) => !arg.startsWith('-'));
  const files = named.length > 0 ? named : globSync('test/**/*.test.ts', { exclude: ['test/{e2e,cluster,chart}/**'] }).toSorted();
  const runner = [
    '--test',
    '--test-concurrency=2',
    '--test-timeout=240000',
    '--import=./test/support/property-seed.ts',
    ...options,
    ...files,
  ];
  if (hasOwnMounts()) throw new Error('The tests are already running in mounts of their own; start them from outside.');
  return runWithOwnMounts(runner);
}

process.exitCode = main(process.argv.slice(2));
