/** How to end when what was printed did not come to where it should. */
export interface LostOutput {
  readonly status: 0 | 1;
  /** Absent where there is nothing to say. */
  readonly message?: string;
}

/** Judges an error of standard output. @param isReading whether all that the program does is to show something. */
export function judgeLostOutput(error: NodeJS.ErrnoException, isReading: boolean): LostOutput {
  // Whoever reads, such as head(1), may have enough; of what was done somebody has to hear.
  if (error.code === 'EPIPE' && isReading) return { status: 0 };
  return { status: 1, message: `Cannot write to standard output: ${error.message}` };
}
