import { HELM_PATH } from '../../chart/helm.ts';
import { KUBECTL } from '../../cluster/kubectl.ts';
import { judgePage, PAGES, surroundingsHere } from './judge.ts';
import { programsAround } from './programs.ts';

/**
 * `npm run docs:check` judges every page: links, commands and YAML. kubectl and helm are asked for what they know where they are installed, or built by
 * `npm run cluster:up` and `npm run chart:test`. Ends with 1 where something is wrong.
 */
function main(): number {
  const programs = programsAround({ kubectl: KUBECTL, helm: HELM_PATH });
  const surroundings = surroundingsHere(programs);
  const problems = PAGES.flatMap((path) => judgePage(path, surroundings));
  for (const problem of problems) process.stderr.write(`✘ ${problem}\n`);
  const unasked = ['kubectl', 'helm'].filter((name) => !(name in programs));
  if (unasked.length > 0) process.stdout.write(`! not here to be asked for subcommands and flags: ${unasked.join(', ')}\n`);
  process.stdout.write(`${PAGES.length} pages, ${problems.length} problems\n`);
  return problems.length === 0 ? 0 : 1;
}

process.exitCode = main();
