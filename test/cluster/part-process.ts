import { spawn } from 'node:child_process';
import { mkdirSync, openSync, closeSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endOf } from './command.ts';
import { ClusterFailure } from './failure.ts';
import { STATE } from './folders.ts';
import { httpStatus } from './http-status.ts';
import { inNode, NODE_ENVIRONMENT, runInNode, type ClusterNode } from './node.ts';
import { PARTS, type PartName } from './parts.ts';
import { childrenOf, identifyProcess, isRunning, signalProcess, type ProcessIdentity } from './processes.ts';
import { waitUntil } from './wait.ts';

const START_TIMEOUT_MS = 90_000;
/** More than the 60 s that the API server gives the watches of its clients to end. */
const STOP_TIMEOUT_MS = 75_000;

/**
 * Starts a part of the cluster and waits until it is ready. Its output is added to `STATE/logs/<name>.log`.
 * @throws {ClusterFailure} with the end of its log, where it ends or does not get ready within 90 s.
 */
export async function startPart(node: ClusterNode, name: PartName, signal: AbortSignal): Promise<void> {
  const identity = spawnPart(node, name);
  await writeFile(identityFile(name), JSON.stringify(identity));
  const isReady = async (): Promise<boolean> => {
    if (!isRunning(identity)) throw new ClusterFailure(`${name} has ended`);
    return isPartReady(node, name, signal);
  };
  try {
    await waitUntil(`${name} is ready`, START_TIMEOUT_MS, isReady, signal);
  } catch (error) {
    if (!(error instanceof ClusterFailure)) throw error;
    throw new ClusterFailure(`${error.message}; its log ends with\n${endOf(await readFile(logFile(name), 'utf8'))}`, { cause: error });
  }
}

/** Ends a part of the cluster, by SIGKILL as if it had crashed. Nothing starts it again but `startPart`. @throws {ClusterFailure} after 75 s. */
export async function stopPart(name: PartName, how: 'SIGTERM' | 'SIGKILL', signal: AbortSignal): Promise<void> {
  const entrance = JSON.parse(await readFile(identityFile(name), 'utf8')) as ProcessIdentity;
  // nsenter passes no signal on: it ends when the program that it has started does.
  for (const program of childrenOf(entrance.pid)) signalProcess(program, how);
  await waitUntil(`${name} has ended`, STOP_TIMEOUT_MS, async () => !isRunning(entrance), signal);
  await rm(identityFile(name));
}

function spawnPart(node: ClusterNode, name: PartName): ProcessIdentity {
  for (const folder of ['logs', 'parts']) mkdirSync(join(STATE, folder), { recursive: true });
  const log = openSync(logFile(name), 'a');
  const [program, ...args] = inNode(node, PARTS[name].argv);
  const child = spawn(program, args, { env: NODE_ENVIRONMENT, detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  child.unref();
  const identity = child.pid === undefined ? undefined : identifyProcess(child.pid);
  if (identity === undefined) throw new ClusterFailure(`${name} cannot be started`);
  return identity;
}

async function isPartReady(node: ClusterNode, name: PartName, signal: AbortSignal): Promise<boolean> {
  const { ready } = PARTS[name];
  if (typeof ready === 'string') return (await httpStatus(ready, signal)) === 200;
  return runInNode(node, ready, signal).then(
    () => true,
    () => false,
  );
}

function identityFile(name: PartName): string {
  return join(STATE, 'parts', `${name}.json`);
}

function logFile(name: PartName): string {
  return join(STATE, 'logs', `${name}.log`);
}
