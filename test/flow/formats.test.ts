import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openDriverBench } from '../support/driver-bench.ts';
import { passTime } from '../support/pass-time.ts';

const EVERYTHING = {
  'podcert.io/chain-file': 'chain.pem',
  'podcert.io/combined-file': 'all.pem',
  'podcert.io/der': 'true',
  'podcert.io/file-mode': '0444',
};
const NAMES = ['all.pem', 'ca.crt', 'chain.pem', 'key.der', 'tls.crt', 'tls.der', 'tls.key'];

describe('the further files of a volume', () => {
  it('change with the others in one step: every name is a link through ..data (invariant 2)', async (context) => {
    const bench = await openDriverBench(context);
    const web = bench.volume('web', { ...EVERYTHING, duration: '1h' });
    await bench.kubelet.publish(web);
    const folder = bench.kubelet.targetPath(web);
    const visible = () => readdirSync(folder).filter((name) => !name.startsWith('..'));
    const contents = () => NAMES.map((name) => readFileSync(join(folder, name), 'hex'));
    assert.deepEqual(visible().toSorted(), NAMES);
    for (const name of NAMES) assert.equal(readlinkSync(join(folder, name)), `..data/${name}`);
    const before = contents();

    await bench.clock.jump((await bench.journal.nth('published', 1)).renewAt.getTime() - bench.clock.now().getTime());
    await passTime(bench.clock, bench.journal.nth('renewed', 1));
    assert.deepEqual(visible().toSorted(), NAMES);
    const changed = NAMES.filter((_, index) => contents()[index] !== before[index]);
    assert.deepEqual(changed, ['all.pem', 'key.der', 'tls.crt', 'tls.der', 'tls.key'], 'all but the CA and the empty chain');
  });

  it('and their folder are open to others as far as file-mode says, but for the keys (invariant 8)', async (context) => {
    const bench = await openDriverBench(context);
    for (const [pod, mode, folderMode] of [
      ['open', '0444', 0o555],
      ['closed', '', 0o550],
    ] as const) {
      const volume = bench.volume(pod, { ...EVERYTHING, 'podcert.io/file-mode': mode });
      await bench.kubelet.publish(volume);
      const modeOf = (name: string) => statSync(join(bench.kubelet.targetPath(volume), name)).mode & 0o7777;
      assert.equal(modeOf('.'), folderMode);
      for (const name of ['all.pem', 'key.der', 'tls.key']) assert.equal(modeOf(name), 0o440, name);
      for (const name of ['ca.crt', 'chain.pem', 'tls.crt', 'tls.der']) assert.equal(modeOf(name), folderMode & 0o444, name);
    }
  });
});

describe('a CA that the issuer does not give', () => {
  it('is told of with each certificate, and never keeps a pod from starting', async (context) => {
    const bench = await openDriverBench(context, {
      localCa: (ca) => ({ ...ca, issue: async (...order) => ({ ...(await ca.issue(...order)), issuerCaPem: '' }) }),
    });
    const web = bench.volume('web', { duration: '1h' });
    await bench.kubelet.publish(web);
    assert.equal(readFileSync(join(bench.kubelet.targetPath(web), 'ca.crt'), 'utf8'), '');
    const [told] = bench.journal.all('ca-missing');
    assert.equal(told?.serial, (await bench.journal.nth('published', 1)).serial);
    await bench.log.untilLogged(/The CA file is empty/);
  });
});
