import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readAdvice } from './advisories.ts';
import type { Run } from './advisories.ts';
import { judgeLockFile } from './lock-file.ts';
import type { LockFile, Manifest } from './lock-file.ts';

/**
 * `npm run audit` judges what the project depends on, to build and test it as well as to run it:
 * versions are pinned and come from the registry, each with its hash; licences are ones that were agreed to; no package runs a script at its
 * installation that nobody has looked at; and no vulnerability is known, as far as the registry tells.
 * Ends with 1 where something is wrong. A registry that cannot be asked is said loudly and is no fault: it would be the network's.
 */
function main(): number {
  const root = join(import.meta.dirname, '..');
  const read = (name: string): unknown => JSON.parse(readFileSync(join(root, name), 'utf8'));
  const lock = read('package-lock.json') as LockFile;
  const problems = [...judgeLockFile(read('package.json') as Manifest, lock)];
  const advice = readAdvice(askRegistry(root));
  switch (advice.kind) {
    case 'clean':
      break;
    case 'vulnerable':
      problems.push(...advice.packages);
      break;
    case 'unanswered':
      process.stdout.write(`!!! NOBODY WAS ASKED FOR KNOWN VULNERABILITIES. ${advice.why}\n`);
      break;
    case 'failed':
      problems.push(advice.why);
      break;
    default:
      advice satisfies never;
  }
  for (const problem of problems) process.stderr.write(`✘ ${problem}\n`);
  const count = Object.keys(lock.packages).length - 1;
  if (problems.length === 0)
    process.stdout.write(`${count} packages: pinned, with hashes, agreed licences and no script that is not known\n`);
  return problems.length === 0 ? 0 : 1;
}

function askRegistry(root: string): Run {
  const args = ['audit', '--json', '--fetch-retries=1', '--fetch-timeout=20000'];
  const { stdout, error } = spawnSync('npm', args, { cwd: root, encoding: 'utf8', timeout: 90_000, maxBuffer: 256 * 1024 * 1024 });
  return error === undefined ? { stdout } : { stdout, error };
}

process.exitCode = main();
