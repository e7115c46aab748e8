import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { check } from './check.ts';
import type { Child } from './child.ts';
import { NODE_NAME } from './driver-process.ts';
import type { LogLine } from './driver-process.ts';
import { findPlugin, registerPlugin } from './kubelet-registration.ts';
import { openssl } from './openssl.ts';
import type { Stage } from './stage.ts';

const START_MS = 20_000;

/** The driver starts for the first time on this node. */
export async function startFirstDriver(stage: Stage): Promise<Child<LogLine>> {
  const { narrator, folder } = stage;
  const driver = stage.startDriver();
  await narrator.step('The driver runs', async () => {
    await expectLine(driver, 'serving');
    const mode = await modeOf(folder.socket);
    check(mode === '600', `csi.sock has mode ${mode}: others could call the driver`);
    return `process ${driver.pid} serves ${folder.socket}, for root alone`;
  });
  await narrator.step('It made itself a CA', async () => {
    const [certificate, mode] = [join(folder.ca, 'ca.crt'), await modeOf(join(folder.ca, 'ca.key'))];
    check(mode === '600', `ca.key has mode ${mode}`);
    await openssl('verify', '-x509_strict', '-CAfile', certificate, certificate);
    narrator.detail('openssl', await openssl('x509', '-in', certificate, '-noout', '-text'));
    return `${await openssl('x509', '-in', certificate, '-noout', '-subject', '-nameopt', 'RFC2253')}; its key is for root alone`;
  });
  await narrator.step('kubelet found its socket and registered it', () => register(stage, driver));
  return driver;
}

/** Waits for a message of the driver's log. @throws {CheckFailed} where the driver ends first, or after 20 s. */
export function expectLine(driver: Child<LogLine>, message: string): Promise<LogLine> {
  const pick = (line: LogLine) => (line.message === message ? line : undefined);
  return driver.feed.expect({ what: `"${message}" in the driver's log`, pick, withinMs: START_MS });
}

/** What kubelet does once it sees the driver's socket in its folder of registrations. */
export async function register({ folder, kubelet }: Stage, driver: Child<LogLine>): Promise<string> {
  // A socket that a killed driver left is still there; this line says that the new one is.
  await expectLine(driver, 'waiting for kubelet to register the driver');
  const { name, endpoint } = await registerPlugin(
    await findPlugin(folder.registration, AbortSignal.timeout(START_MS)),
    AbortSignal.timeout(START_MS),
  );
  check(endpoint === folder.socket, `the driver sends kubelet to ${endpoint}`);
  const { nodeId } = await kubelet.getInfo();
  check(nodeId === NODE_NAME, `the driver calls the node ${nodeId}`);
  await expectLine(driver, 'kubelet registered the driver');
  return `${name} on node ${nodeId}`;
}

/** The driver ends as it does when its container is stopped. */
export async function stopDriver({ narrator, folder }: Stage, driver: Child<LogLine>): Promise<void> {
  await narrator.step('The driver ends on SIGTERM', async () => {
    const ending = await driver.stop('SIGTERM');
    check(ending === 0, `it ended with ${ending}`);
    const sockets = [...(await readdir(join(folder.socket, '..'))), ...(await readdir(folder.registration))];
    check(sockets.length === 0, `it left ${sockets.join(', ')}`);
    return 'exit status 0, and its sockets are gone';
  });
}

async function modeOf(path: string): Promise<string> {
  return ((await lstat(path)).mode & 0o777).toString(8);
}
