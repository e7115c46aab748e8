import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { cliBench } from './bench.ts';
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
