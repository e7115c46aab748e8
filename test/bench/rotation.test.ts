import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { lstat, mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'node:test';
import { isReached } from '../../bench/figures.ts';
import { readRenewals } from '../../bench/rotation/driver-log.ts';
import { figuresOf, type Outcome } from '../../bench/rotation/figures.ts';
import { latenessesOf } from '../../bench/rotation/lateness.ts';
import { Reader } from '../../bench/rotation/reader.ts';
import { HOUR_MS } from '../../node-agent/clock.ts';
import type { Contents } from '../../node-agent/contents.ts';
import { issuedContents } from '../support/issued-contents.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

function serialOf({ chainPem }: Contents): string {
  return new X509Certificate(chainPem).serialNumber;
}

function at(seconds: number): Date {
  return new Date(Date.UTC(2026, 0, 1, 0, 0, seconds));
}

describe('the reader of rotations', () => {
  const folder = temporaryFolder('bench-rotation');
  let volumes = 0;
  let target = '';

  beforeEach(async () => {
    volumes += 1;
    target = join(folder, `${volumes}`);
    await mkdir(target);
  });

  /** Swaps a set in, as the driver does. */
  async function show(set: string, { keyPem, chainPem }: Contents): Promise<void> {
    await mkdir(join(target, set));
    await writeFile(join(target, set, 'tls.key'), keyPem);
    await writeFile(join(target, set, 'tls.crt'), chainPem);
    await symlink(set, join(target, 'next'));
    await rename(join(target, 'next'), join(target, '..data'));
  }

  /** The time of the kernel's clock for files, which is behind the machine's. */
  async function stamp(name: string): Promise<Date> {
    await writeFile(join(target, name), '');
    return (await lstat(join(target, name))).ctime;
  }

  it('finds each set once, with the time at which it became visible', async () => {
    const [first, second] = [await issuedContents(), await issuedContents()];
    const reader = new Reader();
    const look = () => reader.look({ volumeId: 'a', target });
    await show('..1', first);
    await look();
    await look();
    const before = await stamp('before');
    await show('..2', second);
    const after = await stamp('after');
    await look();
    assert.deepEqual(
      reader.seen.map(({ serial }) => serial),
      [serialOf(first), serialOf(second)],
    );
    const visibleAt = reader.seen[1]?.visibleAt;
    assert.ok(visibleAt && before <= visibleAt && visibleAt <= after);
    assert.deepEqual([reader.looks, reader.expired.size, reader.mismatched.size], [3, 0, 0]);
  });

  it('finds a certificate that expires while it is there', async (context) => {
    const contents = await issuedContents();
    const reader = new Reader();
    await show('..1', contents);
    await reader.look({ volumeId: 'a', target });
    assert.equal(reader.expired.size, 0);
    context.mock.timers.enable({ apis: ['Date'], now: Date.now() + HOUR_MS });
    await reader.look({ volumeId: 'a', target });
    assert.deepEqual([...reader.expired], [serialOf(contents)]);
    assert.equal(reader.seen.length, 1);
  });

  it('finds a certificate that is not of the key beside it', async () => {
    const contents = await issuedContents();
    const reader = new Reader();
    await show('..1', { ...contents, keyPem: (await issuedContents()).keyPem });
    await reader.look({ volumeId: 'a', target });
    assert.deepEqual([...reader.mismatched], [serialOf(contents)]);
  });
});

describe('the lateness of rotations', () => {
  const seen = [
    { volumeId: 'a', serial: '01', visibleAt: at(0) },
    { volumeId: 'b', serial: '02', visibleAt: at(1) },
    { volumeId: 'b', serial: '03', visibleAt: at(12) },
    { volumeId: 'a', serial: '04', visibleAt: at(20) },
    { volumeId: 'a', serial: '05', visibleAt: at(43) },
  ];

  it('is from the plan for the set before, of the same volume, until the next is visible', () => {
    const plans = new Map([
      ['01', at(20)],
      ['02', at(11)],
      ['04', at(40)],
    ]);
    assert.deepEqual(latenessesOf(seen, plans), [1_000, 0, 3_000]);
  });

  it('is not guessed where the plan is not known', () => assert.throws(() => latenessesOf(seen, new Map()), /02/));

  it('is told by the plans in the log, the first of each volume among them', () => {
    const lines = [
      'a warning of Node.js',
      JSON.stringify({ message: 'Certificate published', serial: '01', renewAt: at(20).toISOString() }),
      JSON.stringify({ message: 'Request created', requestName: 'x' }),
      JSON.stringify({ message: 'Certificate renewed', serial: '04', renewAt: at(40).toISOString() }),
      JSON.stringify({ message: 'Renewal failed and will be tried again; the old certificate stays', retryAt: at(50).toISOString() }),
    ];
    const plans = new Map([
      ['01', at(20)],
      ['04', at(40)],
    ]);
    assert.deepEqual(readRenewals(lines), { plans, renewed: 1, failed: 1 });
  });
});

describe('the figures of rotations', () => {
  const read: Outcome['read'] = { looks: 9, expired: 0, mismatched: 0, latenesses: [5, 9], renewed: 2, cpuMs: 8 };
  const calls = { list: 2, create: 15, delete: 4 };
  const whole = { renewed: 4, failed: 0, pending: 1 };
  const missed = (changed: Partial<typeof read>, counted: Partial<typeof whole>, called: Partial<typeof calls>) =>
    figuresOf({
      volumes: 10,
      read: { ...read, ...changed },
      whole: { ...whole, ...counted, calls: new Map(Object.entries({ ...calls, ...called })) },
    })
      .filter((figure) => !isReached(figure))
      .map(({ name }) => name);

  it('are as they must be with a request and a deletion for each', () => assert.deepEqual(missed({}, {}, {}), []));

  for (const { name, changed = {}, counted = {}, called = {} } of [
    { name: 'certificates seen expired', changed: { expired: 1 } },
    { name: 'certificates seen with another key', changed: { mismatched: 1 } },
    { name: 'rotations that failed', counted: { failed: 1 } },
    { name: 'requests a rotation', called: { create: 16, delete: 5 } },
    { name: 'deletions a rotation', called: { create: 16, delete: 5 } },
    { name: 'requests left beside one a volume', called: { delete: 3 } },
  ]) {
    it(`are not where there are ${name}`, () => assert.ok(missed(changed, counted, called).includes(name)));
  }
});
