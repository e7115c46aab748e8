import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { status } from '@grpc/grpc-js';
import type { InlineVolume } from '../../demo/kubelet.ts';
import { HOUR_MS, MINUTE_MS } from '../../node-agent/clock.ts';
import { openDriverBench } from '../support/driver-bench.ts';
import type { DriverBench } from '../support/driver-bench.ts';
import { passTime } from '../support/pass-time.ts';
import { readPodFolder } from '../support/pod-folder.ts';
import { TOKENS_KEY, tokensOf } from '../support/pod-tokens.ts';

const ACCOUNT = 'system:serviceaccount:default:default';

/** A driver with --use-token-request, and an API that knows the tokens `first` and `second` of the pods' service account. */
async function openBench(context: TestContext): Promise<DriverBench> {
  const bench = await openDriverBench(context, { cluster: { usesPodToken: true } });
  for (const token of ['first', 'second']) bench.cluster.users.set(token, { username: ACCOUNT, mayCreate: true });
  return bench;
}

/** The volume as kubelet publishes it with a token that lives for so long. */
function withToken(bench: DriverBench, volume: InlineVolume, token: string, lifeMs = HOUR_MS): InlineVolume {
  return { ...volume, attributes: { ...volume.attributes, ...tokensOf(token, new Date(bench.clock.now().getTime() + lifeMs)) } };
}

/** Who created the requests that there are. */
async function creators(bench: DriverBench): Promise<readonly unknown[]> {
  return (await bench.cluster.requests()).map((request) => (request['spec'] as { readonly username?: string }).username);
}

/** What the log has at level error, but for what every test of this kind meets. */
function errorLines(bench: DriverBench): readonly string[] {
  return bench.log.all.filter((line) => line.includes('"level":"error"') && !line.includes('the data root is on no shared mount'));
}

/** Moves time on to when the first renewal is due. */
async function passDue(bench: DriverBench): Promise<void> {
  const { renewAt } = await bench.journal.nth('published', 1);
  await bench.clock.jump(renewAt.getTime() - bench.clock.now().getTime());
}

describe('with --use-token-request', () => {
  it("a request is created by the pod's token without a client certificate, and all else is done as the driver", async (context) => {
    const bench = await openBench(context);
    const web = bench.volume('web', { duration: '1h' });
    await bench.kubelet.publish(withToken(bench, web, 'first', 10 * HOUR_MS));
    assert.deepEqual(await creators(bench), [ACCOUNT]);
    await passDue(bench);
    await passTime(bench.clock, bench.journal.nth('request-deleted', 1));
    const { calls } = bench.cluster.proxy;
    const by = new Set(calls.map(({ verb, token, hasClientCertificate }) => `${verb} ${token ?? ''} ${hasClientCertificate}`));
    assert.deepEqual([...by].toSorted(), ['create first false', 'delete  true', 'list  true', 'watch  true']);
    assert.equal((await readPodFolder(bench.kubelet.targetPath(web))).isPair, true);
  });

  it('the token in the secrets goes before the one in the volume context', async (context) => {
    const bench = await openBench(context);
    const secrets = tokensOf('second', new Date(bench.clock.now().getTime() + HOUR_MS));
    await bench.kubelet.publish({ ...withToken(bench, bench.volume('web'), 'first'), secrets });
    assert.equal(bench.cluster.proxy.calls.find(({ verb }) => verb === 'create')?.token, 'second');
  });

  for (const { name, attributes } of [
    { name: 'none', attributes: {} },
    { name: 'one in JSON that cannot be read', attributes: { [TOKENS_KEY]: '{"":{"token":"first"' } },
  ]) {
    it(`a first publish without a token is refused with the cure, together with all else that is wrong: ${name}`, async (context) => {
      const bench = await openBench(context);
      const web = bench.volume('web', { ...attributes, 'issuer-kind': 'Issuer', duration: '1d' });
      await assert.rejects(bench.kubelet.publish(web), {
        code: status.INVALID_ARGUMENT,
        details:
          /duration "1d".*serviceAccount\.tokens: .*set tokenRequests: \[\{audience: ""\}\] and requiresRepublish: true in the CSIDriver/,
      });
      await assert.rejects(bench.kubelet.publish(bench.volume('web', attributes)), { code: status.INVALID_ARGUMENT });
      assert.deepEqual(await bench.remains(), []);
    });
  }

  it('a first publish with a token that has expired is told so at once, and the next one, with another, succeeds', async (context) => {
    const bench = await openBench(context);
    const web = bench.volume('web');
    await assert.rejects(bench.kubelet.publish(withToken(bench, web, 'first', 0)), {
      code: status.UNAVAILABLE,
      details: /the token of the pod's service account expired at .*; kubelet calls again with another one/,
    });
    assert.deepEqual(await bench.remains(), []);
    await bench.kubelet.publish(withToken(bench, web, 'second'));
    assert.deepEqual(await creators(bench), [ACCOUNT]);
  });

  it('a republish of a mounted volume is answered with OK whatever token it brings, and changes nothing (invariant 4)', async (context) => {
    const bench = await openBench(context);
    const web = bench.volume('web', { duration: '1h' });
    await bench.kubelet.publish(withToken(bench, web, 'first', 10 * HOUR_MS));
    const before = await readPodFolder(bench.kubelet.targetPath(web));
    for (const json of ['', '{', 'null', '[]', '{"vault":{}}']) {
      await bench.kubelet.publish({ ...web, attributes: { ...web.attributes, [TOKENS_KEY]: json } });
      await bench.kubelet.publish({ ...web, secrets: { [TOKENS_KEY]: json } });
    }
    await bench.kubelet.publish(web);
    assert.deepEqual(await readPodFolder(bench.kubelet.targetPath(web)), before);
    // The token it had is still good for the renewal.
    await passDue(bench);
    await passTime(bench.clock, bench.journal.nth('renewed', 1));
    await bench.kubelet.publish(withToken(bench, web, 'second', -1));
  });

  it('a renewal waits while the token has expired, and goes on at once when a republish brings another (invariant 4)', async (context) => {
    const bench = await openBench(context);
    const web = bench.volume('web', { duration: '1h' });
    await bench.kubelet.publish(withToken(bench, web, 'first', 20 * MINUTE_MS));
    const before = await readPodFolder(bench.kubelet.targetPath(web));
    const waits = bench.journal.all('waiting').length;
    await passDue(bench);
    const { reason } = await bench.journal.nth('waiting', waits + 1);
    assert.match(reason, /the token of the pod's service account expired at .*; kubelet's next call brings one/);
    await bench.kubelet.publish(withToken(bench, web, 'first', -1));
    assert.deepEqual(await readPodFolder(bench.kubelet.targetPath(web)), before);
    assert.deepEqual(bench.journal.all('renewed'), []);
    assert.deepEqual(errorLines(bench), []);

    await passTime(bench.clock, bench.journal.nth('watch-opened', 2));
    await bench.kubelet.publish(withToken(bench, web, 'second'));
    // The clock stands still.
    await bench.journal.nth('renewed', 1);
    assert.equal(bench.cluster.proxy.calls.findLast(({ verb }) => verb === 'create')?.token, 'second');
  });

  for (const { name, user, told } of [
    {
      name: 'lacks the right to create requests',
      user: { username: ACCOUNT, mayCreate: false },
      told: /service account "default\/default" must be allowed to create certificaterequests\.cert-manager\.io in its namespace\. .*403 Forbidden/,
    },
    {
      name: 'is not known to the API server',
      user: undefined,
      told: /service account "default\/default" sent a token that is not accepted\. .*401 Unauthorized/,
    },
  ]) {
    it(`a pod whose service account ${name} waits and is told so, and starts once that is mended`, async (context) => {
      const bench = await openBench(context);
      if (user === undefined) bench.cluster.users.delete('first');
      else bench.cluster.users.set('first', user);
      const web = withToken(bench, bench.volume('web'), 'first');
      const published = bench.kubelet.publish(web);
      assert.match((await bench.journal.nth('waiting', 1)).reason, told);
      bench.cluster.users.set('first', { username: ACCOUNT, mayCreate: true });
      await passTime(bench.clock, published);
      assert.deepEqual(await creators(bench), [ACCOUNT]);
      // It is the pod's trouble, neither the API's nor the driver's.
      assert.deepEqual(bench.journal.all('api-unavailable'), []);
      assert.deepEqual(errorLines(bench), []);
    });
  }

  it('an unpublish ends the wait for a token, and nothing is left (invariant 5)', async (context) => {
    const bench = await openBench(context);
    const web = bench.volume('web', { duration: '1h' });
    await bench.kubelet.publish(withToken(bench, web, 'first', MINUTE_MS));
    const waits = bench.journal.all('waiting').length;
    await passDue(bench);
    await bench.journal.nth('waiting', waits + 1);
    await bench.kubelet.unpublish(web);
    assert.deepEqual(await bench.remains(), []);
  });

  it('a pod of the local CA needs no token', async (context) => {
    const bench = await openBench(context);
    const web = bench.volume('web', { 'issuer-group': 'podcert.io', 'issuer-kind': 'LocalCA' });
    await bench.kubelet.publish(web);
    assert.equal((await readPodFolder(bench.kubelet.targetPath(web))).isPair, true);
  });
});

describe('without --use-token-request', () => {
  it('tokens are of no interest: requests are created as the driver, whatever kubelet sends', async (context) => {
    const bench = await openDriverBench(context, { cluster: {} });
    await bench.kubelet.publish(withToken(bench, bench.volume('web'), 'first'));
    await bench.kubelet.publish(bench.volume('other', { [TOKENS_KEY]: '{' }));
    const creates = bench.cluster.proxy.calls.filter(({ verb }) => verb === 'create');
    assert.deepEqual(
      creates.map(({ token, hasClientCertificate }) => [token, hasClientCertificate]),
      [
        [undefined, true],
        [undefined, true],
      ],
    );
  });
});
