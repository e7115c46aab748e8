import type { ChildProcess } from 'node:child_process';
import { askPreload, preparePreload } from '../preload.ts';
import type { Inside } from './inside.ts';

/** The module of inside.ts, for the driver to load. @returns where it is. */
export function prepareInside(folder: string): Promise<string> {
  return preparePreload(folder, new URL('inside.ts', import.meta.url));
}

/** Asks a process that was started with that module. It collects its garbage for this. */
export async function lookInside(process: ChildProcess): Promise<Inside> {
  return (await askPreload(process)) as Inside;
}
