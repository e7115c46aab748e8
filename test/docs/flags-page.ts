import { HEADINGS } from '../../driver/flags/help.ts';
import type { Flag, FlagTable } from '../../driver/flags/read.ts';
import { FLAGS } from '../../driver/flags/table.ts';
import { withPart } from './part.ts';

/** The page with its tables made anew from what the driver reads its command line by. */
export function withFlags(page: string): string {
  const table: FlagTable = FLAGS;
  const sections = Object.entries(HEADINGS).map(([group, heading]) => {
    const flags = Object.entries(table).filter(([, flag]) => flag.group === group);
    const rows = flags.map(([name, flag]) => (group === 'refused' ? refusedRow(name, flag) : rowOf(name, flag)));
    const head =
      group === 'refused' ? ['| flag | what to do instead |', '|---|---|'] : ['| flag | default | what it does |', '|---|---|---|'];
    return [`## ${heading}\n`, ...head, ...rows].join('\n');
  });
  return withPart(page, 'flags', `\n${sections.join('\n\n')}\n`);
}

function rowOf(name: string, flag: Flag<unknown>): string {
  const notes = [
    flag.variable === undefined ? undefined : `\`${flag.variable}\` in the environment does too.`,
    flag.repeatable === true ? 'Repeatable.' : undefined,
  ].filter((note) => note !== undefined);
  return `| ${written(name, flag)} | ${standard(flag)} | ${[cell(flag.about), ...notes].join(' ')} |`;
}

function standard({ required, fallback }: Flag<unknown>): string {
  if (required === true) return 'required';
  return fallback === undefined ? '–' : `\`${fallback}\``;
}

function refusedRow(name: string, flag: Flag<unknown>): string {
  return `| ${written(name, flag)} | ${cell(flag.about)} |`;
}

function written(name: string, { letter, argument }: Flag<unknown>): string {
  const short = letter === undefined ? '' : `\`-${letter}\`, `;
  return `${short}\`--${name}${argument === undefined ? '' : ` ${argument}`}\``;
}

/** A sentence of the help, such that a cell takes it: `|` would end the cell, `<` begin an element, and what is written is shown as written. */
function cell(text: string): string {
  const marked = text.replaceAll(/pod-ip:\S+?(?=[,. ])|pod-condition:\S+|pod-annotation:<key>|--[a-z-]+/g, '`$&`');
  return marked.replaceAll('|', '\\|').replaceAll('manifests/README.md', '[manifests/README.md](../manifests/README.md)');
}
