import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { STATE } from './folders.ts';
import { identifyProcess, isRunning, type ProcessIdentity } from './processes.ts';

/** Present while a process starts the cluster; one that is left over names a process that has died of it. */
const FILE = join(STATE, 'starter.json');

/** Says that this process starts the cluster, until `noteStarted`. */
export async function noteStarting(): Promise<void> {
  await writeFile(FILE, JSON.stringify(identifyProcess(process.pid)));
}

/** Says that the cluster is up. */
export async function noteStarted(): Promise<void> {
  await rm(FILE);
}

/** @returns the process that is starting the cluster at the moment. */
export async function findStarter(): Promise<ProcessIdentity | undefined> {
  const identity = await readStarter();
  return identity !== undefined && isRunning(identity) ? identity : undefined;
}

/** Whether a process has begun to start the cluster and not come to the end. */
export async function isHalfStarted(): Promise<boolean> {
  return (await readStarter()) !== undefined;
}

async function readStarter(): Promise<ProcessIdentity | undefined> {
  const text = await readFile(FILE, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as ProcessIdentity);
}
