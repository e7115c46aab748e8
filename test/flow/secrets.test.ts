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

/** Whether it is the one file that may hold passwords. */
function isForSecrets(path: string): boolean {
  return /\/state\/[^/]+\/secrets\.json$/.test(path);
}

/** All that the driver says and keeps, but for what is in volumes, in parts and in the files of secrets. */
async function sayings(bench: DriverBench, answers: readonly unknown[]): Promise<string> {
  const records = filesBelow(join(bench.dataRoot, 'state')).filter(({ path }) => !path.includes('/parts/') && !isForSecrets(path));
  assert.ok(records.length > 0);
  return JSON.stringify([
    bench.log.all,
    bench.journal.events,
    await bench.metrics(),
    await bench.cluster.requests(),
    await bench.cluster.eventsOn('web'),
    answers.map((answer) => String(answer)),
    records,
  ]);
}

describe('secrets', () => {
  for (const { algorithm, usesPodToken, place } of [
    { algorithm: 'RSA', usesPodToken: false, place: 'attribute' },
    { algorithm: 'ECDSA', usesPodToken: true, place: 'Secret' },
    { algorithm: 'Ed25519', usesPodToken: true, place: 'Secret' },
  ] as const) {
    const tokens = usesPodToken ? 'tokens that are used' : 'tokens';
    it(`are nowhere but where they belong, whatever happens: ${algorithm} keys, ${tokens}, a password by ${place} (invariant 8)`, async (context) => {
      const verdicts: Verdict[] = [{ kind: 'fail', message: 'not today' }, { kind: 'sign' }, { kind: 'fail', message: 'nor now' }];
      const bench = await openDriverBench(context, { cluster: { usesPodToken, decide: () => verdicts.shift() ?? { kind: 'sign' } } });
      const [token, otherToken, password, unasked] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
      const lock = { attribute: { 'pkcs12-password': password }, Secret: { 'podcert.io/pkcs12-password-key': 'password' } };
      const wanted = { 'key-algorithm': algorithm, 'reuse-private-key': 'true', duration: '1h', 'pkcs12-enable': 'true' };
      const web = bench.volume('web', { ...wanted, ...lock[place] });
      const sent = (text: string, lifeMs = DAY_MS) => tokensOf(text, new Date(bench.clock.now().getTime() + lifeMs));
      const secrets = { ...sent(otherToken), password, more: unasked };
      const published = { ...web, attributes: { ...web.attributes, ...sent(token) }, secrets };
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
      const broken = { 'csi.cert-manager.io/pkcs12-password': `${password}\n`, 'podcert.io/pkcs12-password-key': '' };
      await attempt(bench.kubelet.publish({ ...published, name: 'worse', attributes: { ...published.attributes, ...broken } }));
      if (usesPodToken) {
        await attempt(bench.kubelet.publish({ ...published, name: 'late', secrets: { ...secrets, ...sent(token, -1) } }));
        await attempt(
          bench.kubelet.publish({ ...published, name: 'cut', secrets: { ...secrets, [TOKENS_KEY]: `{"":{"token":"${token}` } }),
        );
        assert.match(String(answers), /token of the pod's service account expired.*tokenRequests/s);
      }
      const { renewAt } = await bench.journal.nth('published', 1);
      await bench.clock.jump(renewAt.getTime() - bench.clock.now().getTime());
      await passTime(bench.clock, bench.journal.nth('renewal-failed', 1));
      const reasons = async () => (await bench.cluster.eventsOn('web')).map(({ reason }) => reason);
      for (const reason of ['CertificateRequestFailed', 'RenewalFailed']) {
        const isTold = async () => {
          while (!(await reasons()).includes(reason));
        };
        await passTime(bench.clock, isTold());
      }

      const said = await sayings(bench, answers);
      for (const secret of [...partsOf(keyPem), token, otherToken, password, unasked])
        assert.equal(said.includes(secret), false, `${secret} was told`);
      for (const { path, text } of filesBelow(dirname(bench.dataRoot))) {
        const isItsPlace = path.includes('/parts/') || path.includes('/volumes/csi-') || path.includes('/kubelet/pods/');
        for (const part of isItsPlace ? [] : partsOf(keyPem)) assert.equal(text.includes(part), false, `${path} holds a key`);
        for (const secret of [token, otherToken, unasked]) assert.equal(text.includes(secret), false, `${path} holds a token or secret`);
        assert.equal(text.includes(password), isForSecrets(path), `${path} holds the password, or lacks it`);
      }

      await bench.kubelet.unpublish(web);
      await bench.clock.advance(DAY_MS / 24);
      const rest = JSON.stringify([bench.log.all, bench.journal.events, await bench.metrics(), filesBelow(bench.dataRoot)]);
      for (const secret of [...partsOf(keyPem), token, otherToken, password, unasked])
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
