import { setImmediate as turn } from 'node:timers/promises';
import type { VolumeStatus } from '../../node-agent/ports.ts';
import { createSlots } from '../../node-agent/slots.ts';
import type { Reply, Routes } from '../http/routes.ts';
import type { ChecksAnswer, NodeAnswer, RenewalAnswer, VolumeSummary } from './answers.ts';
import { jsonReply, refuse } from './json-reply.ts';
import { statusPage } from './page/page.ts';
import type { AdminSources } from './sources.ts';
import { describeVolume, summarize } from './volume-answers.ts';

/** The routes of `answers.ts`. */
export function adminRoutes(sources: AdminSources): Routes {
  const { agent, driver, history } = sources;
  // One at a time of what takes more than a moment: a thousand volumes take a third of a second of the processor, a check a call to the API.
  const slots = createSlots(1);
  return {
    'GET /': ({ query }, signal) => slots.run(() => statusPage(sources, query.get('page'), signal), signal),
    'GET /v1/volumes': async (_, signal) => jsonReply(200, await slots.run(() => describeNode(sources, signal), signal)),
    'GET /v1/volumes/*': ({ wildcard }) => {
      const [status, view] = [agent.volume(wildcard), agent.view(wildcard)];
      if (status === undefined || view === undefined) return unknown(wildcard);
      return jsonReply(200, describeVolume(status, view, history.of(wildcard)));
    },
    'POST /v1/volumes/*/renew': ({ wildcard }) => {
      const status = agent.volume(wildcard);
      return status === undefined ? unknown(wildcard) : renew(agent, status);
    },
    'GET /v1/checks': async (_, signal) => {
      const checks = await slots.run(() => sources.check(signal), signal);
      return jsonReply(200, { driver, checks } satisfies ChecksAnswer);
    },
  };
}

/** Every certificate is read, and kubelet's calls are answered in between. */
async function describeNode({ agent, driver, now }: AdminSources, signal: AbortSignal): Promise<NodeAnswer> {
  const volumes: VolumeSummary[] = [];
  // Each is told as it is when its turn comes: the iteration goes on over what comes and goes meanwhile.
  for (const status of agent.volumes()) {
    signal.throwIfAborted();
    const view = agent.view(status.volumeId);
    if (view !== undefined) volumes.push(summarize(status, view));
    await turn();
  }
  return { apiVersion: 1, driver, nowAt: now().toISOString(), volumes };
}

function renew(agent: AdminSources['agent'], { volumeId, state, generation, receivedAt, failing }: VolumeStatus): Reply {
  if (state !== 'mounted' || generation === undefined || receivedAt === undefined)
    return refuse(409, `Volume "${volumeId}" has no certificate to renew: it is ${state}`);
  agent.renew(volumeId);
  const failures = failing?.failures ?? 0;
  return jsonReply(202, { volumeId, generation, receivedAt: receivedAt.toISOString(), failures } satisfies RenewalAnswer);
}

function unknown(volumeId: string): Reply {
  return refuse(404, `There is no volume ${JSON.stringify(volumeId.slice(0, 128))} on this node`);
}
