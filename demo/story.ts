import { startFirstDriver, stopDriver } from './act-driver.ts';
import { converse } from './act-mtls.ts';
import { rotate, surviveKill } from './act-rotation.ts';
import { publish, unpublish } from './act-volumes.ts';
import { check } from './check.ts';
import { client, web } from './pods.ts';
import type { Stage } from './stage.ts';
import { countAnswers } from './traffic.ts';
import type { Conversation } from './traffic.ts';

/** The whole life of two pods' certificates. @throws whatever the first failed step threw. */
export async function tellStory(stage: Stage): Promise<void> {
  const { narrator } = stage;
  narrator.chapter('The driver starts');
  const driver = await startFirstDriver(stage);

  narrator.chapter('kubelet publishes the volumes of two pods, web and client, before their programs start');
  for (const pod of [web, client]) await publish(stage, pod);

  narrator.chapter('The pods speak mTLS');
  const conversation = await converse(stage);

  narrator.chapter('Their certificates live for 27 s and are renewed after 10 s');
  await rotate(stage, conversation);

  narrator.chapter('The driver is killed and started again');
  const successor = await surviveKill(stage, conversation, driver);

  narrator.chapter('The pods go');
  await endPrograms(stage, conversation);
  await unpublish(stage, [web, client]);
  await stopDriver(stage, successor);
}

async function endPrograms({ narrator }: Stage, conversation: Conversation): Promise<void> {
  await narrator.step('Their programs end', async () => {
    const ending = await conversation.client.stop('SIGTERM');
    check(ending === 0, `the client ended with ${ending}`);
    await conversation.server.stop('SIGTERM');
    return `${countAnswers(conversation)} requests in all, not one failed`;
  });
}
