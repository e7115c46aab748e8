import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { DAY_MS } from '../../node-agent/clock.ts';
import { nodeService } from '../../proto/load.ts';
import { openDriverBench } from '../support/driver-bench.ts';
import type { DriverBench } from '../support/driver-bench.ts';
import { passTime } from '../support/pass-time.ts';
import { readPodFolder } from '../support/pod-folder.ts';
import { TOKENS_KEY, tokensOf } from '../support/pod-tokens.ts';
import type { Verdict } from '../support/signer.ts';

/** The parts of a key's PEM that are the key's own: any of them would give something away. */
function partsOf(keyPem: string): readonly string[] {
  const body = keyPem.split('\n').filter((line) => line !== '' && !line.startsWith('-----'));
  // The first characters say only what kind of key it is.
  return body.map((line, index) => (index === 0 ? line.slice(22) : line));
}

/** Every file below the folder, with what is in it. */
function filesBelow(folder: string): readonly { readonly path: string; readonly text: string }[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
}

/** All that the driver says and keeps, but for what is in volumes and in parts. */
async function sayings(bench: DriverBench, answers: readonly unknown[]): Promise<string> {
  const records = filesBelow(join(bench.dataRoot, 'state')).filter(({ path }) => !path.includes('/parts/'));
  assert.ok(records.length > 0);
  return JSON.stringify([
    bench.log.all,
    bench.journal.events,
    await bench.metrics(),
    await bench.cluster.requests(),
    answers.map((answer) => String(answer)),
    records,
  ]);
}

describe('secrets', () => {
  for (const { algorithm, usesPodToken } of [
    { algorithm: 'RSA', usesPodToken: false },
    { algorithm: 'ECDSA', usesPodToken: true },
    { algorithm: 'Ed25519', usesPodToken: true },
  ]) {
    const tokens = usesPodToken ? 'tokens that are used' : 'tokens';
    it(`are nowhere but in the volume and its parts, whatever happens: ${algorithm} keys, ${tokens} and passwords (invariant 8)`, async (context) => {
      const verdicts: Verdict[] = [{ kind: 'fail', message: 'not today' }, { kind: 'sign' }, { kind: 'fail', message: 'nor now' }];
      const bench = await openDriverBench(context, { cluster: { usesPodToken, decide: () => verdicts.shift() ?? { kind: 'sign' } } });
      const [token, otherToken, password] = [randomUUID(), randomUUID(), randomUUID()];
      const web = bench.volume('web', { 'key-algorithm': algorithm, 'reuse-private-key': 'true', duration: '1h' });
      const sent = (text: string, lifeMs = DAY_MS) => tokensOf(text, new Date(bench.clock.now().getTime() + lifeMs));
      const published = { ...web, attributes: { ...web.attributes, ...sent(token) }, secrets: { ...sent(otherToken), password } };
      if (usesPodToken) bench.cluster.users.set(otherToken, { username: 'the-pod', mayCreate: true });
      const answers: unknown[] = [];
      const attempt = async (call: Promise<void>) => answers.push(await call.catch((error: unknown) => error));

      await attempt(bench.kubelet.publish(published));
      const second = bench.kubelet.publish(published);
      await bench.log.untilLogged(/the next request is made 30 s after/);
      await bench.clock.advance(30_000);
      await attempt(second);
      const { keyPem } = await readPodFolder(bench.kubelet.targetPath(web));
      const request = bench.kubelet.publishRequest(published);
      await attempt(bench.kubelet.publish(published));
      await attempt(
        bench.kubelet
          .call(nodeService.NodePublishVolume, { ...request, volumeContext: { ...request.volumeContext, more: 'x' } })
          .then(() => {}),
      );
      await attempt(bench.kubelet.publish({ ...published, name: 'bad', attributes: { ...published.attributes, 'podcert.io/none': 'x' } }));
      if (usesPodToken) {
        await attempt(bench.kubelet.publish({ ...published, name: 'late', secrets: sent(token, -1) }));
        await attempt(bench.kubelet.publish({ ...published, name: 'cut', secrets: { [TOKENS_KEY]: `{"":{"token":"${token}` } }));
        assert.match(String(answers), /token of the pod's service account expired.*tokenRequests/s);
      }
      const { renewAt } = await bench.journal.nth('published', 1);
      await bench.clock.jump(renewAt.getTime() - bench.clock.now().getTime());
      await passTime(bench.clock, bench.journal.nth('renewal-failed', 1));

      const said = await sayings(bench, answers);
      for (const secret of [...partsOf(keyPem), token, otherToken, password])
        assert.equal(said.includes(secret), false, `${secret} was told`);
      for (const { path, text } of filesBelow(dirname(bench.dataRoot))) {
        const isItsPlace = path.includes('/parts/') || path.includes('/volumes/csi-') || path.includes('/kubelet/pods/');
        for (const part of isItsPlace ? [] : partsOf(keyPem)) assert.equal(text.includes(part), false, `${path} holds a key`);
        for (const secret of [token, otherToken, password]) assert.equal(text.includes(secret), false, `${path} holds a token or password`);
      }

      await bench.kubelet.unpublish(web);
      await bench.clock.advance(DAY_MS / 24);
      const rest = JSON.stringify([bench.log.all, bench.journal.events, await bench.metrics(), filesBelow(bench.dataRoot)]);
      for (const secret of [...partsOf(keyPem), token, otherToken, password])
        assert.equal(rest.includes(secret), false, `${secret} is left`);
    });
  }

  it('never reach another node-wide reader: state and volumes are closed to all but root (invariant 8)', async (context) => {
    const bench = await openDriverBench(context);
    await bench.kubelet.publish(bench.volume('web'));
    for (const name of ['state', 'volumes']) assert.equal(statSync(join(bench.dataRoot, name)).mode & 0o777, 0o700);
    for (const { path } of filesBelow(join(bench.dataRoot, 'state'))) assert.equal(statSync(path).mode & 0o777, 0o600, path);
  });
});
