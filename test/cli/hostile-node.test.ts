import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { cliBench, lives } from './bench.ts';
import { volumeOf } from './volumes.ts';

/** Turns the text red, sets the title, erases the screen, hides text behind a change of direction; and a C1 introducer. */
const ESCAPES = '\u001B[31mred\u001B]0;title\u0007\u001B[2J\u202Eevil\u009B31m\nnew line\ttab';
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

describe('a node that lies', () => {
  const bench = cliBench();

  for (const args of [
    ['list', '-o', 'wide'],
    ['list', '-ojson'],
    ['list', '-oyaml'],
    ['inspect', 'web', '-n', 'shop'],
    ['renew', '--all', '-A', '--dry-run'],
    ['doctor'],
  ]) {
    it(`gets no control character to the terminal by what it answers to ${args.join(' ')}`, async () => {
      const evil = volumeOf('shop', 'web', {
        volume: ESCAPES,
        names: [ESCAPES],
        issuer: { name: ESCAPES, kind: ESCAPES, group: ESCAPES },
        health: { kind: 'degraded', reason: 'RenewalFailing', message: ESCAPES },
        waiting: { reason: ESCAPES, requestName: ESCAPES },
        notAfterAt: ESCAPES,
        history: [{ at: ESCAPES, kind: ESCAPES, message: ESCAPES, isTrouble: true }],
      });
      bench.one.volumes = [evil];
      bench.one.checks = [{ name: ESCAPES, outcome: 'failed', finding: ESCAPES, cure: ESCAPES }];
      const { stdout, stderr } = await bench.cluster.run(args);
      assert.match(stdout, args[0] === 'doctor' ? /✘/ : /\\u009b31m/);
      for (const line of `${stdout}${stderr}`.split('\n')) assert.doesNotMatch(line, UNSAFE);
      assert.doesNotMatch(`${stdout}${stderr}`, /^new line/m);
    });
  }

  it('cannot send the program elsewhere by a redirect', async () => {
    let visits = 0;
    const elsewhere = createServer((_request, response) => {
      visits += 1;
      response.end('{}');
    }).listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    const location = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`;
    bench.one.instead = (response) => response.writeHead(302, { location }).end();
    const { stderr, status } = await bench.cluster.run(['list']);
    elsewhere.close();
    assert.equal(visits, 0);
    assert.equal(status, 4);
    assert.match(stderr, /Node one could not be asked: GET \/v1\/volumes: the driver answers 302/);
  });

  for (const { name, instead, said } of [
    {
      name: 'what is no JSON',
      instead: (response: ServerResponse) => response.end('<html>'),
      said: /not an admin listener that this version understands/,
    },
    {
      name: 'JSON of another form',
      instead: (response: ServerResponse) => response.end('{"apiVersion":1,"volumes":[{}]}'),
      said: /not an admin listener/,
    },
    {
      name: 'without an end',
      instead: (response: ServerResponse) => {
        const pour = () => {
          while (!response.destroyed && response.write(Buffer.alloc(1 << 20))) continue;
        };
        response.on('drain', pour);
        pour();
      },
      said: /the answer is longer than 33554432 bytes/,
    },
    { name: 'nothing, ever', instead: () => undefined, said: /no answer within 8 s/ },
  ]) {
    it(`fails alone where it answers ${name}`, async () => {
      bench.one.instead = instead;
      const { stdout, stderr, status } = await bench.cluster.run([
        'list',
        '-oname',
        '--node-timeout',
        name === 'nothing, ever' ? '8s' : '30s',
      ]);
      assert.deepEqual({ stdout, status }, { stdout: 'data/db/tls\n', status: 4 });
      assert.match(stderr, said);
    });
  }
});

describe('the processes that kubectl podcert starts', () => {
  const bench = cliBench();

  /** They are killed before the program ends, but init may still have to wait for them. */
  const allGone = async () => {
    const deadlineMs = performance.now() + 10_000;
    const pids = bench.cluster.calls().map(({ pid }) => pid);
    assert.ok(pids.length >= 2, `${pids.length} calls`);
    while (pids.some(lives)) {
      assert.ok(performance.now() < deadlineMs, 'a kubectl lives on');
      await pause(20);
    }
  };

  it('are gone when it has ended', async () => {
    await bench.cluster.run(['list']);
    await allGone();
  });

  it('are gone when kubectl is a script that starts another one', async () => {
    const wrapper = join(bench.folder, 'wrapped-kubectl');
    writeFileSync(wrapper, `#!/bin/sh\nkubectl "$@"\nexit $?\n`, { mode: 0o755 });
    const { status, stderr } = await bench.cluster.run(['list'], { environment: { KUBECTL: wrapper } });
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    await allGone();
  });

  it('are gone when a node did not answer in time', async () => {
    bench.cluster.world = { ...bench.cluster.world, ways: { 'podcert-one': { kind: 'hangs' }, 'podcert-two': { kind: 'silent' } } };
    const { status } = await bench.cluster.run(['list', '--node-timeout=8s']);
    assert.equal(status, 4);
    await allGone();
  });

  for (const [signal, expected] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    it(`are gone when it is ended by ${signal}`, async () => {
      bench.cluster.world = { ...bench.cluster.world, ways: { 'podcert-one': { kind: 'hangs' }, 'podcert-two': { kind: 'hangs' } } };
      const child = bench.cluster.start(['list', '--node-timeout=60s']);
      const deadlineMs = performance.now() + 20_000;
      while (bench.cluster.calls().filter(({ args }) => args[0] === 'port-forward').length < 2) {
        assert.ok(performance.now() < deadlineMs, 'it asks no node');
        await pause(20);
      }
      const ended = once(child, 'exit');
      child.kill(signal);
      assert.deepEqual(await ended, [expected, null]);
      await allGone();
    });
  }
});
