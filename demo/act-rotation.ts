import { check } from './check.ts';
import type { Child } from './child.ts';
import { expectLine, register } from './act-driver.ts';
import type { LogLine } from './driver-process.ts';
import { client, web } from './pods.ts';
import type { Stage } from './stage.ts';
import { countAnswers, expectAnswers, expectRenewed } from './traffic.ts';
import type { Conversation } from './traffic.ts';
import { judgeVolume, readGeneration } from './volume-judgement.ts';
import type { Generation } from './volume-judgement.ts';

/** A certificate of the demo is renewed after ten seconds. */
const RENEWAL_MS = 20_000;
const ANSWERS_MS = 10_000;
/** How many requests must be answered while there is no driver. */
const ANSWERS_WITHOUT_DRIVER = 10;

/** Waits until both certificates have been renewed while requests flow. */
export async function rotate(stage: Stage, conversation: Conversation): Promise<void> {
  await stage.narrator.step('Both are renewed while requests flow', async () => awaitRenewal(stage, conversation, await readAll(stage)));
}

/** The driver is killed and started again: nothing of that reaches the pods. */
export async function surviveKill(stage: Stage, conversation: Conversation, victim: Child<LogLine>): Promise<Child<LogLine>> {
  const { narrator } = stage;
  await narrator.step('The driver is killed', async () => {
    const ending = await victim.stop('SIGKILL');
    check(ending === 'SIGKILL', `it ended with ${ending}`);
    await expectAnswers(conversation, ANSWERS_WITHOUT_DRIVER, ANSWERS_MS);
    countAnswers(conversation);
    return `SIGKILL; requests go on without it, ${ANSWERS_WITHOUT_DRIVER} answered meanwhile`;
  });
  const before = await readAll(stage);
  const driver = stage.startDriver();
  await narrator.step('Started again, it goes on', async () => {
    const { resumed, swept, setAside } = await expectLine(driver, 'Agent started');
    check(resumed === 2 && swept === 0 && setAside === 0, `it began with ${JSON.stringify({ resumed, swept, setAside })}`);
    return `process ${driver.pid} found both volumes; kubelet registered ${await register(stage, driver)}`;
  });
  await narrator.step('Nothing was issued anew', async () => {
    for (const { volume } of [web, client]) await stage.kubelet.publish(volume);
    const now = await readAll(stage);
    // Only a restart that took longer than nine seconds could fall together with a renewal that is due.
    check(JSON.stringify(now) === JSON.stringify(before), `${JSON.stringify(before)} became ${JSON.stringify(now)}`);
    return 'the same serials in the same inodes, also after kubelet published again';
  });
  await narrator.step('And they are renewed when it is time', () => awaitRenewal(stage, conversation, before));
  return driver;
}

interface Generations {
  readonly web: Generation;
  readonly client: Generation;
}

async function readAll(stage: Stage): Promise<Generations> {
  return { web: await readGeneration(stage.target(web)), client: await readGeneration(stage.target(client)) };
}

async function awaitRenewal(stage: Stage, conversation: Conversation, before: Generations): Promise<string> {
  const serials = { web: before.web.serial, client: before.client.serial };
  const answer = await expectRenewed(conversation, serials, RENEWAL_MS);
  const now = await readAll(stage);
  check(answer.serverSerial === now.web.serial, `web shows ${answer.serverSerial}, its folder holds ${now.web.serial}`);
  check(answer.clientSerial === now.client.serial, `client shows ${answer.clientSerial}, its folder holds ${now.client.serial}`);
  for (const pod of [web, client]) await judgeVolume(stage.target(pod), pod);
  const answered = countAnswers(conversation);
  return `web ${change(before.web, now.web)}, client ${change(before.client, now.client)}; ${answered} requests so far, none failed`;
}

function change(was: Generation, is: Generation): string {
  return `${was.serial.slice(0, 6)}… → ${is.serial.slice(0, 6)}…`;
}
