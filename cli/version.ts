import { VERSION } from '../driver/version.ts';
import type { Context } from './context.ts';
import { EXIT, type ExitStatus } from './exit-status.ts';

/** `kubectl podcert version`. */
export async function version({ terminal }: Context): Promise<ExitStatus> {
  terminal.out(`kubectl podcert ${VERSION} (Node.js ${process.version})\n`);
  return EXIT.done;
}
