import type { Flag, FlagGroup, FlagTable } from './read.ts';

/** What stands over the flags of a group, in the order of the help. */
export const HEADINGS = {
  driver: 'The driver',
  kubernetes: 'The Kubernetes API',
  'local-ca': 'The local CA, for clusters without cert-manager: whoever may create pods gets any name from it',
  refused: 'Taken by kubectl and refused here: use --kubeconfig and --context',
} satisfies Record<FlagGroup, string>;

/** What `--help` prints: every flag of the table under its heading, ending in a newline. */
export function describeFlags(table: FlagTable): string {
  const sections = Object.entries(HEADINGS).map(([group, heading]) => {
    const flags = Object.entries(table).filter(([, flag]) => flag.group === group);
    const lines = group === 'refused' ? [wrap(flags.map(([name]) => `--${name}`))] : flags.map(([name, flag]) => describe(name, flag));
    return `${heading}:\n${lines.join('\n')}\n`;
  });
  const usage = 'Usage: podcert --node-id=<name> --endpoint=<unix:///path> [flags]';
  return [`A CSI node plugin that gives every Kubernetes pod its own X.509 certificate.\n\n${usage}\n`, ...sections].join('\n');
}

function describe(name: string, flag: Flag<unknown>): string {
  const letter = flag.letter === undefined ? '    ' : `-${flag.letter}, `;
  const written = `  ${letter}--${name}${flag.argument === undefined ? '' : ` ${flag.argument}`}`;
  const facts = [
    flag.required === true ? 'required' : undefined,
    flag.variable === undefined ? undefined : `or ${flag.variable} in the environment`,
    flag.fallback === undefined ? undefined : `default ${flag.fallback}`,
    flag.repeatable === true ? 'repeatable' : undefined,
  ].filter((fact) => fact !== undefined);
  return `${written}\n          ${flag.about}${facts.length === 0 ? '' : ` (${facts.join('; ')})`}`;
}

/** Words in lines of at most 100 characters, indented. */
function wrap(words: readonly string[]): string {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < 100) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`      ${word}`);
  }
  return lines.join('\n');
}
