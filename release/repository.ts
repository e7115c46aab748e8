import { execFileSync } from 'node:child_process';

/** What git knows of the working tree that is to be released. */
export interface Repository {
  /** The commit in full. */
  readonly commit: string;
  /** When it was made; SOURCE_DATE_EPOCH, if that is set, says another instant (reproducible-builds.org). */
  readonly committedAt: Date;
  /** Files that are not as the commit has them, ones that it does not know included. */
  readonly changed: readonly string[];
  readonly tags: readonly string[];
}

/** @throws {Error} where the folder is no git repository with a commit, or SOURCE_DATE_EPOCH no instant. */
export function readRepository(root: string, environment: NodeJS.ProcessEnv): Repository {
  const [commit = '', ofCommit = ''] = git(root, ['log', '-1', '--format=%H %ct']).trim().split(' ');
  const { SOURCE_DATE_EPOCH: seconds = ofCommit } = environment;
  if (!/^\d{1,11}$/.test(seconds)) {
    throw new Error(`Cannot release: SOURCE_DATE_EPOCH ${JSON.stringify(seconds)} is no number of seconds since 1970; set one, or none`);
  }
  return {
    commit,
    committedAt: new Date(Number(seconds) * 1000),
    changed: linesOf(git(root, ['status', '--porcelain'])).map((line) => line.slice('?? '.length)),
    tags: linesOf(git(root, ['tag', '--list'])),
  };
}

/** The name of a version's tag. */
export function tagOf(version: string): string {
  return `v${version}`;
}

/** Makes an annotated tag of the commit, whose message is what the version brings. */
export function makeTag(root: string, version: string, commit: string, notes: string): void {
  // The notes are Markdown: a line that begins with # is a heading and no comment.
  git(root, ['tag', '--annotate', '--cleanup=whitespace', '--file=-', tagOf(version), commit], `Podcert ${version}\n\n${notes}\n`);
}

function git(root: string, args: readonly string[], input = ''): string {
  try {
    return execFileSync('git', args, { cwd: root, input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });
  } catch (cause) {
    const { stderr, message } = cause as Error & { readonly stderr?: string };
    const why = stderr === undefined || stderr === '' ? message : stderr.trim();
    throw new Error(`Cannot release "${root}": git ${args[0]} says: ${why}; release from a clone with its history`, { cause });
  }
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}
