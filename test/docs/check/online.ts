/** How links to other hosts are asked. */
export interface Asking {
  /** Requests at a time. */
  readonly atOnce: number;
  /** How long each of them may take. */
  readonly timeoutMs: number;
}

/** Asks each address once, a few at a time, and follows redirections. @returns why, for those that do not answer with a page. */
export async function askLinks(urls: readonly string[], { atOnce, timeoutMs }: Asking): Promise<ReadonlyMap<string, string>> {
  const left = [...new Set(urls)];
  const whys = new Map<string, string>();
  const worker = async () => {
    for (let url = left.shift(); url !== undefined; url = left.shift()) {
      const why = await whyDead(url, timeoutMs);
      if (why !== undefined) whys.set(url, why);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return whys;
}

async function whyDead(url: string, timeoutMs: number): Promise<string | undefined> {
  try {
    // GET, since some hosts refuse HEAD; the body is not waited for.
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    await response.body?.cancel();
    return response.ok ? undefined : `is answered by ${response.status}`;
  } catch (error) {
    const { message, cause } = error as Error;
    return `is not answered: ${cause instanceof Error ? cause.message : message}`;
  }
}
