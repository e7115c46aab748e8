import { check } from './check.ts';
import type { Child } from './child.ts';
import type { ClientArguments, PodArguments, PodMessage } from './pod-messages.ts';
import { client, web } from './pods.ts';
import type { Stage } from './stage.ts';
import { expectOutcome } from './traffic.ts';
import type { Conversation } from './traffic.ts';

const START_MS = 20_000;

/** Starts server and client, each in its pod, and turns a stranger away. */
export async function converse(stage: Stage): Promise<Conversation> {
  const { narrator } = stage;
  // Its own volume too: a pod finds that in tls/ and nowhere else.
  const hidden = [stage.folder.data, stage.folder.ca, stage.folder.socket, stage.target(web), stage.target(client)];
  const server = await stage.startPod<PodArguments>({
    name: 'the server',
    program: 'mtls-server.ts',
    volume: stage.target(web),
    args: { hidden },
  });
  await narrator.step('The server runs in its pod', () => judgeView(stage, server));
  const port = await server.feed.expect({
    what: "the server's port",
    pick: (message) => (message.kind === 'listening' ? message.port : undefined),
    withinMs: START_MS,
  });
  const startClient = (name: string, showsCertificate: boolean) =>
    stage.startPod<ClientArguments>({
      name,
      program: 'mtls-client.ts',
      volume: stage.target(client),
      args: { hidden, port, serverName: web.dnsName, showsCertificate },
    });
  const stranger = await startClient('the client without a certificate', false);
  await narrator.step('A client without a certificate is turned away', () => judgeRefusal(server, stranger));
  const talking = await startClient('the client', true);
  await narrator.step('The client runs in its pod', () => judgeView(stage, talking));
  await narrator.step('With its certificate it is answered', () => judgeAnswer(talking));
  return { server, client: talking };
}

async function judgeView({ folder }: Stage, pod: Child<PodMessage>): Promise<string> {
  const view = await pod.feed.expect({
    what: 'its view',
    pick: (message) => (message.kind === 'view' ? message.view : undefined),
    withinMs: START_MS,
  });
  check(view.names.join() === 'tls', `of the demo's folder it sees ${view.names.join(', ')}`);
  check(view.volumes.join() === `${folder.root}/tls`, `it sees the volumes ${view.volumes.join(', ')}`);
  check(view.reached.length === 0, `it reaches ${view.reached.join(', ')}`);
  check(view.writing === 'EROFS', `it may write into its folder: ${view.writing}`);
  check(/^0+$/.test(view.capabilities), `it has privileges: ${view.capabilities}`);
  return `process ${pod.pid} sees tls/ alone, read-only: no other pod's folder, no data root, no CA, no csi.sock`;
}

async function judgeRefusal(server: Child<PodMessage>, stranger: Child<PodMessage>): Promise<string> {
  const told = await expectOutcome(stranger, START_MS);
  check(told.kind === 'failed', 'it was answered');
  const refused = await server.feed.expect({
    what: "the server's refusal",
    pick: (message) => (message.kind === 'refused' ? message.reason : undefined),
    withinMs: START_MS,
  });
  check(refused.includes('peer did not return a certificate'), `for another reason: ${refused}`);
  return 'the server says "peer did not return a certificate"';
}

async function judgeAnswer(talking: Child<PodMessage>): Promise<string> {
  const told = await expectOutcome(talking, START_MS);
  check(told.kind === 'answered', told.kind === 'failed' ? told.reason : '');
  check(told.protocol === 'TLSv1.3', `it speaks ${told.protocol}`);
  check(told.clientNames.includes(`URI:${client.uri}`), `the server took it for ${told.clientNames}`);
  return `${told.protocol} with ${web.dnsName}, which knows it as ${client.uri}`;
}
