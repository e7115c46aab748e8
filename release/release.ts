import { readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { VERSION } from '../driver/version.ts';
import { imageArchitecture } from '../image/image-config.ts';
import { notesFor, readChangelog } from './changelog.ts';
import { makeFiles } from './files.ts';
import { nextCommands } from './next-commands.ts';
import { judgeReadiness } from './refusals.ts';
import { makeTag, readRepository, tagOf } from './repository.ts';
import { isVersion, setVersion, versionProblems } from './versions.ts';

const ROOT = join(import.meta.dirname, '..');
/** EX_USAGE of sysexits.h. */
const USAGE = 64;

const HELP = `npm run release -- --set-version 1.2.3   writes a version to every place that has it
npm run release -- --dry-run             makes the files of a release, and says what stands against one
npm run release                          makes the files and the tag, and prints the commands that publish both

--output <folder>   where the files are made, in place of those of another release; dist-release if nothing is said
--help              this
`;

const OPTIONS = {
  'dry-run': { type: 'boolean', default: false },
  'set-version': { type: 'string' },
  output: { type: 'string', default: join(ROOT, 'dist-release') },
  help: { type: 'boolean', default: false },
} as const;

/** `npm run release`: see HELP, and docs/release.md. Ends with 1 where the release is refused, with 64 for wrong options. */
async function main(args: readonly string[]): Promise<number> {
  let options;
  try {
    options = parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (cause) {
    return misused((cause as Error).message);
  }
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const { 'set-version': version } = options;
  return version === undefined ? release(resolve(options.output), options['dry-run']) : takeVersion(version);
}

function misused(why: string): number {
  process.stderr.write(`✘ ${why}\n\n${HELP}`);
  return USAGE;
}

function takeVersion(version: string): number {
  if (!isVersion(version)) return misused(`--set-version ${JSON.stringify(version)}: is no version; write one such as 1.2.3 or 1.2.3-rc.1`);
  const changed = setVersion(ROOT, version);
  process.stdout.write(changed.map((path) => `${path}\n`).join(''));
  process.stdout.write(`${changed.length} files changed. What is new goes under "## [${version}] - <day>" in CHANGELOG.md.\n`);
  process.stdout.write(
    'The picture of the status page shows the version: npm run docs -- --picture takes it anew, where there is a chromium.\n',
  );
  return 0;
}

async function release(output: string, isDry: boolean): Promise<number> {
  const repository = readRepository(ROOT, process.env);
  const changelog = readChangelog(await readFile(join(ROOT, 'CHANGELOG.md'), 'utf8'));
  const refusals = judgeReadiness({ version: VERSION, repository, changelog, versionProblems: versionProblems(ROOT, VERSION) });
  const stopping = isDry ? refusals.filter(({ isFatal }) => isFatal) : refusals;
  for (const refusal of refusals) {
    process.stderr.write(`${stopping.includes(refusal) ? '✘' : '! a release would be refused:'} ${refusal.problem}\n`);
  }
  if (stopping.length > 0) return 1;
  const notes = notesFor(VERSION, changelog) ?? '';
  await makeFiles(output, repository, notes);
  const shown = relative('.', output);
  process.stdout.write(`${await readFile(join(output, 'SHA256SUMS'), 'utf8')}\nin ${shown}\n`);
  if (isDry) return 0;
  makeTag(ROOT, VERSION, repository.commit, notes);
  process.stdout.write(`\n${tagOf(VERSION)} is ${repository.commit}. Nothing has left this machine; these commands publish it:\n\n`);
  process.stdout.write(nextCommands(VERSION, imageArchitecture(), shown));
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
