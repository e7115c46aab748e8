import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { cliBench } from './bench.ts';

describe('on a terminal, kubectl podcert', () => {
  const bench = cliBench();
  const posts = () => [...bench.one.requests, ...bench.two.requests].filter(({ method }) => method === 'POST').length;

  /** Runs it on a terminal of its own, by script(1). @param answer what is typed once the question is there. */
  const onTerminal = async (line: string, answer?: string, environment: Readonly<Record<string, string>> = {}) => {
    writeFileSync(join(bench.folder, 'world.json'), JSON.stringify(bench.cluster.world));
    const PATH = `${join(bench.folder, 'bin')}${delimiter}${process.env['PATH']}`;
    const command = `'${process.execPath}' '${bench.program}' ${line}`;
    const env = { PATH, TERM: 'xterm', PODCERT_FAKE_KUBECTL: bench.folder, ...environment };
    const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], { env, stdio: ['pipe', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      said += piece;
      if (answer !== undefined && said.includes('[y/N] ') && child.stdin.writable) child.stdin.end(answer);
    });
    const [status] = (await once(child, 'close')) as [number];
    return { said, status };
  };

  it('asks before it renews many, and does nothing unless the answer is yes', async () => {
    for (const answer of ['n\n', '\n', 'perhaps\n']) {
      const { said, status } = await onTerminal('renew --all -A', answer);
      assert.match(said, /Renew 3 certificates on 2 nodes, with new keys\? \[y\/N\] /);
      assert.match(said, /Nothing was renewed/);
      assert.deepEqual([status, posts()], [1, 0]);
    }
  });

  it('renews once the answer is yes, and shows how far it is', async () => {
    const { said, status } = await onTerminal('renew --all -A', 'y\n');
    assert.deepEqual([status, posts()], [0, 3]);
    assert.match(said, /0 of 3 done…/);
    assert.match(said, /2 of 3 done…/);
    assert.match(said, /3 of 3 renewed/);
  });

  it('asks nothing where one pod is meant', async () => {
    const { said, status } = await onTerminal('renew web');
    assert.equal(status, 0);
    assert.doesNotMatch(said, /\[y\/N\]/);
  });

  it('gives up at Ctrl-C, and renews nothing', async () => {
    const { status } = await onTerminal('renew --all -A', '\u0003');
    assert.deepEqual([status, posts()], [130, 0]);
  });

  it('has colours, unless NO_COLOR says no', async () => {
    assert.ok((await onTerminal('list')).said.includes('\u001B[32mReady\u001B[0m'));
    assert.ok(!(await onTerminal('list', undefined, { NO_COLOR: '1' })).said.includes('\u001B'));
  });
});

describe('kubectl podcert in a pipe', () => {
  const bench = cliBench();

  it('ends quietly when whoever reads has enough', async () => {
    const child = bench.cluster.start(['list']);
    child.stdout.destroy();
    const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, 'close')]);
    assert.deepEqual([stderr, status], ['', 0]);
    assert.notEqual(bench.one.requests.length, 0);
  });

  it('ends with 1 when nobody reads what was renewed', async () => {
    const child = bench.cluster.start(['renew', 'web']);
    child.stdout.destroy();
    const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, 'close')]);
    assert.match(stderr, /^error: Cannot write to standard output: .*EPIPE/);
    assert.equal(status, 1);
  });

  it('ends with 1 when what it prints has no place', async () => {
    const toFull = join(bench.folder, 'to-full');
    writeFileSync(toFull, `#!/bin/sh\nexec '${process.execPath}' "$@" > /dev/full\n`, { mode: 0o755 });
    const { stderr, status } = await bench.cluster.run(['list'], { node: toFull });
    assert.match(stderr, /^error: Cannot write to standard output: .*ENOSPC/);
    assert.equal(status, 1);
  });
});
