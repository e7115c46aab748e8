import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { unmount } from '../../node-agent/volume/kernel.ts';
import { MOUNT_TABLE, parseMountTable } from '../../node-agent/volume/mount-table.ts';

/** A folder of this test's own, gone with everything mounted below it when the enclosing suite ends, however it ends. */
export function temporaryFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `podcert-${name}-`));
  const remove = () => {
    unmountBelow(folder);
    rmSync(folder, { recursive: true, force: true });
  };
  after(remove);
  // The hooks of a suite are not run where no test of it is chosen (--test-name-pattern).
  process.once('exit', remove);
  return folder;
}

/** The mount points below a folder, in the order in which they were mounted. */
export function mountsBelow(folder: string): string[] {
  const table = parseMountTable(readFileSync(MOUNT_TABLE, 'utf8'));
  return table.map((entry) => entry.mountPoint).filter((path) => path.startsWith(`${folder}/`));
}

function unmountBelow(folder: string): void {
  for (const path of mountsBelow(folder).toReversed()) unmount(path);
}
