import { release } from 'node:os';
import type { FieldLine } from '../support/field-report.ts';

/** @returns docs/reliability.md: a table for each subject, in the order of the alphabet. */
export function format(lines: readonly FieldLine[], now: Date): string {
  const subjects = [...new Set(lines.map(({ subject }) => subject))].toSorted();
  return `# Reliability

What bit the users of other drivers of certificates and secrets, and what this driver does then. \`npm run field\` made this page on
${now.toISOString().slice(0, 10)} from the tests in [test/field](../test/field): Node.js ${process.versions.node}, Linux ${release().split('.').slice(0, 2).join('.')}. The driver is a
process of its own with real mounts, sockets and signals; Kubernetes' API and cert-manager's controllers are played by the tests, and time
runs faster where a case takes hours. \`npm test\` runs the same tests, some of them in fewer rounds. What only kubelet or cert-manager can
show is tested on a real node: [docs/conformance.md](conformance.md).
${subjects.map((subject) => section(subject, lines)).join('')}`;
}

function section(subject: string, lines: readonly FieldLine[]): string {
  const rows = lines.filter((line) => line.subject === subject).map((line) => row(line));
  return `
## ${heading(subject)}

| promise | what was done to it | times | what was seen |
|---|---|---|---|
${rows.join('\n')}
`;
}

function heading(subject: string): string {
  return `${subject.charAt(0).toUpperCase()}${subject.slice(1)}`.replace(/ in the field$/, '');
}

function row({ promise, injected, rounds, observed }: FieldLine): string {
  const cells = [promise, injected, rounds.toLocaleString('en'), observed];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}
