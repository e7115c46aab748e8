import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { after, describe, it } from 'node:test';
import { PROBE_DEADLINE_MS, healthRoutes, type Health } from '../../../driver/http/health.ts';
import { metricsRoutes } from '../../../driver/http/metrics.ts';
import { textReply, type Routes } from '../../../driver/http/routes.ts';
import { serveSites, type HttpServer } from '../../../driver/http/server.ts';
import { createLog } from '../../../driver/report/log.ts';
import { createMetrics } from '../../../driver/report/metrics.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { snapshotOf } from '../../support/metrics-snapshot.ts';

const ANY_PORT = { host: '127.0.0.1', port: 0 };

const logged: string[] = [];
const log = createLog(2, new ManualClock(), (line) => logged.push(line));
const open: HttpServer[] = [];

async function serve(routes: Routes): Promise<number> {
  const servers = await serveSites([{ flag: '--health-bind-address', address: ANY_PORT, routes }], log);
  open.push(...servers);
  return servers[0]?.port ?? assert.fail('no server');
}

after(() => Promise.all(open.map((server) => server.close())));

async function ask(port: number, path: string, method = 'GET', accept = '') {
  const sent = request({ host: '127.0.0.1', port, path, method, agent: false, headers: accept === '' ? {} : { accept } }).end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return { status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks).toString() };
}

function health(change: Partial<Health>): Routes {
  return healthRoutes({ probe: () => Promise.resolve(true), isReady: () => true, clock: new ManualClock(), ...change });
}

describe('/healthz', () => {
  it('is fine while Probe says so', async () => {
    const answer = await ask(await serve(health({})), '/healthz');
    assert.deepEqual([answer.status, answer.body], [200, 'ok\n']);
  });

  const troubles: readonly { readonly name: string; readonly probe: Health['probe']; readonly body: RegExp }[] = [
    { name: 'says not ready', probe: () => Promise.resolve(false), body: /not ready/ },
    { name: 'fails', probe: () => Promise.reject(new Error('connect ENOENT')), body: /Probe failed: connect ENOENT/ },
  ];
  for (const { name, probe, body } of troubles) {
    it(`answers 503 with the reason when Probe ${name}`, async () => {
      const answer = await ask(await serve(health({ probe })), '/healthz');
      assert.equal(answer.status, 503);
      assert.match(answer.body, body);
    });
  }

  it('answers 503 when Probe hangs, and ends it', async () => {
    const clock = new ManualClock();
    const asked = Promise.withResolvers<AbortSignal>();
    const hang = (signal: AbortSignal) => {
      asked.resolve(signal);
      return new Promise<boolean>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
    };
    const port = await serve(health({ probe: hang, clock }));
    const answer = ask(port, '/healthz');
    const signal = await asked.promise;
    await clock.advance(PROBE_DEADLINE_MS - 1);
    assert.equal(signal.aborted, false);
    await clock.advance(1);
    const ended = signal.aborted ? undefined : once(signal, 'abort');
    assert.equal((await answer).status, 503);
    await ended;
  });

  it('leaves no timer behind once Probe answered', async () => {
    const clock = new ManualClock();
    const asked = Promise.withResolvers<AbortSignal>();
    const probe = (signal: AbortSignal) => (asked.resolve(signal), Promise.resolve(true));
    const answer = ask(await serve(health({ probe, clock })), '/healthz');
    const signal = await asked.promise;
    if (!signal.aborted) await once(signal, 'abort');
    assert.equal(clock.sleeping, 0);
    assert.equal((await answer).status, 200);
  });

  it('ends Probe when nobody waits any more', async () => {
    const asked = Promise.withResolvers<AbortSignal>();
    const port = await serve(health({ probe: (signal) => (asked.resolve(signal), new Promise<never>(() => undefined)) }));
    const sent = request({ host: '127.0.0.1', port, path: '/healthz', agent: false }).on('error', () => undefined);
    sent.end();
    const signal = await asked.promise;
    sent.destroy();
    await once(signal, 'abort');
  });
});

describe('/readyz', () => {
  it('turns with the agent', async () => {
    let isReady = false;
    const port = await serve(health({ isReady: () => isReady }));
    assert.equal((await ask(port, '/readyz')).status, 503);
    isReady = true;
    assert.equal((await ask(port, '/readyz')).status, 200);
  });
});

describe('/metrics', () => {
  it('is written in the format the scraper takes, and says which', async () => {
    const port = await serve(metricsRoutes(createMetrics({ version: '1' }), async () => snapshotOf()));
    const plain = await ask(port, '/metrics');
    assert.equal(plain.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
    assert.doesNotMatch(plain.body, /# EOF/);
    const openMetrics = await ask(port, '/metrics', 'GET', 'application/openmetrics-text;version=1.0.0,*/*;q=0.1');
    assert.equal(openMetrics.headers['content-type'], 'application/openmetrics-text; version=1.0.0; charset=utf-8');
    assert.match(openMetrics.body, /\n# EOF\n$/);
  });
});

describe('serveSites', () => {
  it('serves two sites of one address from one server', async () => {
    const sites = [
      { flag: '--x-bind-address', address: ANY_PORT, routes: { 'GET /a': () => textReply(200, 'a') } },
      { flag: '--x-bind-address', address: ANY_PORT, routes: { 'GET /b': () => textReply(200, 'b') } },
    ];
    const servers = await serveSites(sites, log);
    open.push(...servers);
    assert.equal(servers.length, 1);
    const port = servers[0]?.port ?? 0;
    assert.deepEqual([(await ask(port, '/a')).body, (await ask(port, '/b')).body], ['a\n', 'b\n']);
  });

  it('serves nothing without an address', async () => {
    assert.deepEqual(await serveSites([{ flag: '--x-bind-address', routes: health({}) }], log), []);
  });

  it('names the address it cannot have, and then listens nowhere', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const taken = (other.address() as AddressInfo).port;
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const free = (probe.address() as AddressInfo).port;
    await new Promise((resolve) => probe.close(resolve));
    try {
      const sites = [free, taken].map((port) => ({ flag: '--x-bind-address', address: { host: '127.0.0.1', port }, routes: {} }));
      await assert.rejects(serveSites(sites, log), {
        code: 'misconfigured',
        message: new RegExp(`address "127\\.0\\.0\\.1:${taken}": .*EADDRINUSE.* by --x-bind-address`),
      });
      const [error] = (await once(connect(free, '127.0.0.1'), 'error')) as [NodeJS.ErrnoException];
      assert.equal(error.code, 'ECONNREFUSED');
    } finally {
      other.close();
    }
  });

  for (const path of ['/', '/nothing', '/healthz/', '/constructor', '//healthz']) {
    it(`answers 404 for ${path}`, async () => assert.equal((await ask(await serve(health({})), path)).status, 404));
  }

  it('does not mind a query', async () => assert.equal((await ask(await serve(health({})), '/healthz?verbose')).status, 200));

  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    it(`answers ${method} with 405 and what it allows`, async () => {
      const answer = await ask(await serve(health({})), '/healthz', method);
      assert.deepEqual([answer.status, answer.headers.allow], [405, 'GET, HEAD']);
    });
  }

  it('answers HEAD without a body', async () => {
    const answer = await ask(await serve(health({})), '/healthz', 'HEAD');
    assert.deepEqual([answer.status, answer.headers['content-length'], answer.body], [200, '3', '']);
  });

  it('tells the log the class and the stack of a bug, and nobody its own words', async () => {
    const answer = await ask(await serve({ 'GET /bug': () => Promise.reject(new TypeError('hunter2')) }), '/bug');
    assert.equal(answer.status, 500);
    assert.match(logged.at(-1) ?? '', /TypeError\\n +at .*server\.test\.ts/);
    assert.doesNotMatch(answer.body + logged.join(), /hunter2/);
  });

  it('ends connections that are open when it closes', async () => {
    const asked = Promise.withResolvers<void>();
    const [server] = await serveSites(
      [
        {
          flag: '--x-bind-address',
          address: ANY_PORT,
          routes: { 'GET /slow': () => (asked.resolve(), new Promise<never>(() => undefined)) },
        },
      ],
      log,
    );
    const sent = request({ host: '127.0.0.1', port: server?.port, path: '/slow', agent: false }).end();
    const ended = once(sent, 'error');
    await asked.promise;
    await server?.close();
    const [error] = (await ended) as [NodeJS.ErrnoException];
    assert.equal(error.code, 'ECONNRESET');
  });
});
