/** An expected failure: what could not be done and why, and what to do about it. */
export class CliFailure extends Error {
  override readonly name: string = 'CliFailure';
  readonly cure: string | undefined;

  constructor(message: string, cure?: string, options?: ErrorOptions) {
    super(message, options);
    this.cure = cure;
  }
}

/** A command line that cannot be followed. */
export class UsageFailure extends CliFailure {
  override readonly name = 'UsageFailure';
}

/** The words of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
