import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { STATE } from './folders.ts';

/** What a kubelet sets for the whole machine at its start (its container manager's kernel settings). */
const NAMES = [
  'vm/overcommit_memory',
  'vm/panic_on_oom',
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxkeys',
  'kernel/keys/root_maxbytes',
];
const FILE = join(STATE, 'kernel-settings.json');

/** Writes down what the kubelet is going to change. */
export async function noteKernelSettings(): Promise<void> {
  const values: Record<string, string> = {};
  for (const name of NAMES) values[name] = await readFile(join('/proc/sys', name), 'utf8');
  await writeFile(FILE, JSON.stringify(values));
}

/** Sets everything back as it was noted, if it was. */
export async function restoreKernelSettings(): Promise<void> {
  if (!existsSync(FILE)) return;
  const values = JSON.parse(await readFile(FILE, 'utf8')) as Record<string, string>;
  for (const [name, value] of Object.entries(values)) {
    const path = join('/proc/sys', name);
    if ((await readFile(path, 'utf8')) !== value) await writeFile(path, value);
  }
}
