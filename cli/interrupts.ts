/** What ends the program, with the status that shells have for it: 128 and the signal's number (signal(7)). */
const SIGNALS = { SIGINT: 130, SIGQUIT: 131, SIGTERM: 143, SIGHUP: 129 } as const;

/** Ends what is under way at the first signal, and the process at once at the second; its children end with it. @returns the status to end with, once there is one. */
export function watchInterrupts(controller: AbortController): () => number | undefined {
  let status: number | undefined;
  for (const [name, each] of Object.entries(SIGNALS)) {
    // Not once: a signal that nobody listens to ends the process before its children can be ended.
    process.on(name, () => {
      if (status !== undefined) process.exit(each);
      status = each;
      controller.abort(new Error(`ended by ${name}`));
    });
  }
  return () => status;
}
