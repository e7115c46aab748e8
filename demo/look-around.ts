import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MOUNT_SOURCE, MOUNT_TABLE, parseMountTable } from '../node-agent/volume/mount-table.ts';

/** What a program in a pod sees. */
export interface View {
  /** All there is where the demo's folder is. */
  readonly names: readonly string[];
  /** Where volumes of the driver are mounted. */
  readonly volumes: readonly string[];
  /** Those of the paths it must not reach that it can. */
  readonly reached: readonly string[];
  /** The error code of writing into its folder. */
  readonly writing: string;
  /** Its effective capabilities as Linux writes them: zeros for none. */
  readonly capabilities: string;
}

/**
 * Looks, from inside a pod, for what the pod must not see or do.
 * @param folder where it finds its certificate.
 * @param hidden paths that it must not reach.
 */
export function lookAround(folder: string, hidden: readonly string[]): View {
  const table = parseMountTable(readFileSync(MOUNT_TABLE, 'utf8'));
  return {
    names: readdirSync(dirname(folder)),
    volumes: table.filter((entry) => entry.source === MOUNT_SOURCE).map((entry) => entry.mountPoint),
    reached: hidden.filter((path) => existsSync(path)),
    writing: tryToWrite(join(folder, 'written-by-the-pod')),
    capabilities: /^CapEff:\t(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 'unknown',
  };
}

function tryToWrite(path: string): string {
  try {
    writeFileSync(path, '');
    return 'written';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}
