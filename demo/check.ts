/** Something the demo claims is not so. Its message is for the person who runs the demo. */
export class CheckFailed extends Error {
  override readonly name = 'CheckFailed';
}

/** @throws {CheckFailed} with `otherwise` unless `isSo`. */
export function check(isSo: boolean, otherwise: string): asserts isSo {
  if (!isSo) throw new CheckFailed(otherwise);
}
