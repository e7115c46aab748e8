import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { check } from './check.ts';
import { Narrator } from './narrator.ts';
import { makeNodeFolder, mountsBelow, removeNodeFolder } from './node-folder.ts';
import { hasOwnMounts, runWithOwnMounts } from './own-mounts.ts';
import { Stage } from './stage.ts';
import { tellStory } from './story.ts';

const USAGE = `Shows the whole life of two pods' certificates on this machine, without a cluster, in half a minute.

Usage: npm run demo [-- --verbose]

  --verbose  also show the driver's log and what OpenSSL says of each certificate
  --help     print this and exit
`;

/** Exit statuses: 0 when every check passed, 1 when one did not, 2 for a wrong command line, 69 where no mounts can be made. */
async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (options === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  return hasOwnMounts() ? perform(options.verbose) : runWithOwnMounts([import.meta.filename, ...args]);
}

function readOptions(args: readonly string[]): { readonly verbose: boolean; readonly help: boolean } | undefined {
  const switches = { verbose: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } } as const;
  try {
    return parseArgs({ args: [...args], options: switches }).values;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n`);
    return undefined;
  }
}

/** Plays the story and takes everything away again, however it ends. */
async function perform(isVerbose: boolean): Promise<number> {
  const beganAt = performance.now();
  const narrator = new Narrator((text) => process.stdout.write(text), isVerbose);
  const folder = await makeNodeFolder();
  const stage = new Stage(folder, narrator);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      narrator.say(`\n${signal}: the demo ends here and takes everything away.`);
      // Every wait ends once no process is left to wait for.
      void stage.clear();
    });
  }
  narrator.say(`Everything happens below ${folder.root}, in mounts that nobody else on this machine sees.`);
  try {
    await tellStory(stage);
    await narrator.step('Nothing is left of the demo', () => leave(stage));
    const tookSeconds = ((performance.now() - beganAt) / 1_000).toFixed(1);
    narrator.say(`\nAll ${narrator.steps} steps passed their checks, in ${tookSeconds} s.`);
    return 0;
  } catch (error) {
    narrator.fail(error);
    narrator.say("\nThe end of the driver's log:");
    narrator.show(stage.lastLogLines);
    return 1;
  } finally {
    await stage.clear();
    await removeNodeFolder(folder);
  }
}

/** The store that the driver keeps for the next one on this node goes last; on a real node it goes with its restart. */
async function leave({ folder, running, started }: Stage): Promise<string> {
  check(running.length === 0, `${running.length} processes still run`);
  await removeNodeFolder(folder);
  const mounts = await mountsBelow(folder.root);
  check(mounts.length === 0, `still mounted: ${mounts.join(', ')}`);
  check(!existsSync(folder.root), `${folder.root} is still there`);
  return `none of its ${started} processes, no mount, no file`;
}

process.exitCode = await main(process.argv.slice(2));
