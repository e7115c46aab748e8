/** What `npm audit` came to. */
export type Advice =
  | { readonly kind: 'clean' }
  /** One line for each package with a known vulnerability. */
  | { readonly kind: 'vulnerable'; readonly packages: readonly string[] }
  /** Nobody was there to be asked: no network, or a registry without advisories, as mirrors are. That says nothing of the packages. */
  | { readonly kind: 'unanswered'; readonly why: string }
  /** npm could not even ask. */
  | { readonly kind: 'failed'; readonly why: string };

/** How `npm audit --json` ended, as node:child_process tells it. */
export interface Run {
  readonly stdout: string;
  readonly error?: NodeJS.ErrnoException;
}

/** What it says of the packages, or why it says nothing. */
export function readAdvice(run: Run): Advice {
  if (run.error !== undefined) {
    const why = `npm audit: ${run.error.message}`;
    // npm waits for nobody but the registry: what takes too long is that. Anything else is a tool that does not work.
    return { kind: run.error.code === 'ETIMEDOUT' ? 'unanswered' : 'failed', why };
  }
  const { vulnerabilities, message, error } = parse(run.stdout);
  if (isObject(vulnerabilities)) {
    const packages = Object.entries(vulnerabilities).map(([name, found]) => describe(name, isObject(found) ? found : {}));
    return packages.length === 0 ? { kind: 'clean' } : { kind: 'vulnerable', packages };
  }
  // npm's own errors have a code, such as ENOLOCK; what the registry or the network answers has none.
  if (isObject(error) && typeof error['code'] === 'string') return { kind: 'failed', why: `${error['code']}: ${String(error['summary'])}` };
  if (typeof message === 'string') return { kind: 'unanswered', why: message };
  return { kind: 'failed', why: 'npm audit wrote no report' };
}

function describe(name: string, { severity, range, via }: Record<string, unknown>): string {
  const causes = (Array.isArray(via) ? via : []).map((cause: unknown) =>
    isObject(cause) ? `${String(cause['title'])} (${String(cause['url'])})` : `through ${String(cause)}`,
  );
  return `${name} ${String(range)}, ${String(severity)}: ${causes.join('; ')}`;
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
