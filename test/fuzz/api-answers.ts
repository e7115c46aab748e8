import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import * as fc from 'fast-check';
import { systemClock } from '../../node-agent/clock.ts';
import { AgentError } from '../../node-agent/errors.ts';
import { backOffMs } from '../../node-agent/kubernetes/api-back-off.ts';
import { ApiError } from '../../node-agent/kubernetes/api-error.ts';
import { createKubernetesApi } from '../../node-agent/kubernetes/api.ts';
import { openKubeconfig } from '../../node-agent/kubernetes/kubeconfig.ts';
import { readWatch } from '../../node-agent/kubernetes/watch-stream.ts';
import { writeKubeconfig } from '../support/kubeconfig-file.ts';
import { makeTlsIdentity } from '../support/tls-identity.ts';
import { requestObjects } from './certificate-requests.ts';
import { near } from './hostile.ts';
import { damagedJson } from './json-damage.ts';
import { type Context, type Property, type Subject, property } from './property.ts';

const THINGS = { group: 'cert-manager.io', version: 'v1', plural: 'certificaterequests' };
const never = new AbortController().signal;

const statusObject = fc.record({
  kind: fc.constant('Status'),
  code: fc.constantFrom<unknown>(410, 429, 500, '410', null, -1, 1e308),
  reason: near(fc.constantFrom('Expired', 'Gone', 'TooManyRequests', 'NotFound', 'AlreadyExists')),
  message: near(fc.constantFrom('too old resource version', 'slow\ndown', 'x'.repeat(3_000))),
});
const bookmark = fc.constant({ type: 'BOOKMARK', object: { kind: 'CertificateRequest', metadata: { resourceVersion: '9' } } });
const events = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constantFrom('ADDED', 'MODIFIED', 'DELETED'), object: requestObjects }) },
  { weight: 2, arbitrary: bookmark },
  { weight: 1, arbitrary: statusObject.map((object) => ({ type: 'ERROR', object })) },
);
const lines = fc.oneof(
  { weight: 4, arbitrary: events.map((event) => JSON.stringify(event)) },
  { weight: 1, arbitrary: damagedJson(events) },
);

/** What the API server answers: statuses, headers, bodies, and the lines of a watch. */
export const apiAnswers: Subject = {
  name: 'answers of the API',
  async properties(context) {
    return [watchProperty(), backOffProperty(), await answerProperty(context)];
  },
};

function watchProperty(): Property {
  const inputs = fc.tuple(
    fc.array(lines, { maxLength: 4 }),
    fc.constantFrom('\n', '\r\n', '\n\n'),
    fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 4 }),
  );
  return property(
    'a watch tells events, and ends or is called damaged',
    { inputs, weight: 4, reaches: ['ended', 'damaged'] },
    async ([lines, newline, sizes]) => {
      try {
        for await (const event of readWatch(inChunks(Buffer.from(lines.map((line) => line + newline).join('')), sizes))) {
          const version = event.kind === 'bookmark' ? event.resourceVersion : event.object.metadata.resourceVersion;
          assert.ok(typeof version === 'string' && version !== '');
        }
        return 'ended';
      } catch (error) {
        requireTold(error);
        return 'damaged';
      }
    },
  );
}

async function* inChunks(body: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let from = 0;
  for (let index = 0; from < body.length; index += 1) {
    const end = from + (sizes[index % sizes.length] ?? 1);
    yield body.subarray(from, end);
    from = end;
  }
}

function requireTold(error: unknown): asserts error is ApiError {
  if (!(error instanceof ApiError)) throw error;
  assert.ok(error.message.length < 3_000, `a message of ${error.message.length} characters`);
  // oxlint-disable-next-line no-control-regex -- what would end the line
  assert.doesNotMatch(error.message, /[\x00-\x1f]/);
}

function backOffProperty(): Property {
  const inputs = fc.tuple(
    fc.oneof(fc.nat(5), fc.integer()),
    fc.oneof(fc.nat(2_000_000_000), fc.constant(undefined)),
    fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  );
  return property(
    'the wait after a failure has a bound, whatever the server asks for',
    { inputs, weight: 2, reaches: ['waited'] },
    ([failures, retryAfterMs, random]) => {
      const delayMs = backOffMs(failures, new ApiError('x', retryAfterMs === undefined ? {} : { retryAfterMs }), () => random);
      assert.ok(delayMs >= 500 && delayMs <= 600_000, `${delayMs}`);
      return 'waited';
    },
  );
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: string;
}

const answers: fc.Arbitrary<Answer> = fc.record({
  status: fc.constantFrom(200, 200, 200, 201, 204, 301, 400, 401, 403, 404, 409, 410, 422, 429, 500, 503, 599),
  retryAfter: fc.option(
    near(fc.constantFrom('1', '0', '120', '999999999', '1e3', '-1', 'Wed, 21 Oct 2026 07:28:00 GMT')).map((text) =>
      text.replaceAll(/[^\x20-\x7e]/g, ''),
    ),
    { nil: undefined },
  ),
  body: fc.oneof(
    {
      weight: 3,
      arbitrary: fc.array(requestObjects, { maxLength: 2 }).map((items) => JSON.stringify({ metadata: { resourceVersion: '7' }, items })),
    },
    {
      weight: 3,
      arbitrary: damagedJson(fc.array(requestObjects, { maxLength: 2 }).map((items) => ({ metadata: { resourceVersion: '7' }, items }))),
    },
    { weight: 2, arbitrary: damagedJson(statusObject) },
    { weight: 1, arbitrary: statusObject.map((object) => JSON.stringify(object)) },
  ),
});

/** Over a real connection to a server that answers as told. */
async function answerProperty(context: Context): Promise<Property> {
  let answer: Answer = { status: 200, retryAfter: undefined, body: '' };
  const api = await serve(context, (_, response) => {
    if (answer.retryAfter !== undefined) response.setHeader('retry-after', answer.retryAfter);
    response.writeHead(answer.status).end(answer.body);
  });
  return property(
    'an answer is a list, or an error that asks for a wait of bounded length',
    { inputs: answers, weight: 0.2, reaches: ['list', 'error'] },
    async (next) => {
      answer = next;
      try {
        const { resourceVersion, items } = await api.list(THINGS, {}, never);
        assert.ok(resourceVersion !== '' && items.every(({ metadata }) => metadata.name !== ''));
        return 'list';
      } catch (error) {
        requireTold(error);
        const { retryAfterMs } = error;
        assert.ok(retryAfterMs === undefined || (Number.isSafeInteger(retryAfterMs) && retryAfterMs >= 0));
        assert.ok(error instanceof AgentError && error.code === 'issuer-unavailable');
        return 'error';
      }
    },
  );
}

async function serve(context: Context, listener: RequestListener) {
  const identity = await makeTlsIdentity();
  const server = createServer({ ...identity }, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const kubeconfig = await writeKubeconfig(`https://127.0.0.1:${port}`, identity.cert, { token: 't' });
  const api = createKubernetesApi(openKubeconfig(kubeconfig.path), systemClock);
  context.after(async () => {
    api.close();
    server.close();
    server.closeAllConnections();
    await kubeconfig.remove();
  });
  return api;
}
