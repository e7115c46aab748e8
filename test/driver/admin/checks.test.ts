import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ChecksAnswer } from '../../../driver/admin/answers.ts';
import { judge } from '../../../driver/admin/checks.ts';
import type { Findings } from '../../../driver/admin/checks.ts';
import { askJson } from '../../support/admin-client.ts';
import { openDriverBench } from '../../support/driver-bench.ts';

const failure = { code: 'issuer-unavailable', message: 'Cannot GET /x: connect ECONNREFUSED' } as const;
const watch = { resource: 'certificaterequests', isOpen: true, sinceAt: new Date(0) };

const SOUND: Findings = {
  registrationPath: '/registration/x-reg.sock',
  sightings: { isRegistered: true, watches: [watch] },
  ground: { dataRoot: '/data', unshared: [], state: { path: '/data/state', isSwappable: false } },
  hasSwap: true,
  kernelRelease: '6.8.0-45-generic',
  api: { clockAheadMs: 900, mayCreateRequests: true },
  usesPodToken: false,
  keys: { waiting: 0, generating: 0, spares: 5 },
};

function outcomeOf(name: string, change: Partial<Findings>) {
  return judge({ ...SOUND, ...change }).find((check) => check.name === name) ?? assert.fail(`no ${name}`);
}

describe('the checks of a node', () => {
  it('are all ok where all is well, and then have no cure', () => {
    for (const { name, outcome, finding, cure } of judge(SOUND)) {
      assert.equal(outcome, 'ok', `${name}: ${finding}`);
      assert.equal(cure, undefined);
    }
  });

  const troubles: readonly {
    readonly name: string;
    readonly outcome: string;
    readonly change: Partial<Findings>;
    readonly finding: RegExp;
  }[] = [
    {
      name: 'registration',
      outcome: 'failed',
      change: { sightings: { isRegistered: false, watches: [] } },
      finding: /has not registered.*x-reg\.sock/,
    },
    {
      name: 'mount-propagation',
      outcome: 'failed',
      change: { ground: { ...SOUND.ground, unshared: ['/k/pods'] } },
      finding: /"\/k\/pods".*do not see/,
    },
    {
      name: 'data-root',
      outcome: 'failed',
      change: { ground: { dataRoot: '/data', unshared: [] } },
      finding: /not mounted below "\/data"/,
    },
    {
      name: 'swap',
      outcome: 'warning',
      change: { ground: { ...SOUND.ground, state: { path: '/s', isSwappable: true } } },
      finding: /may write keys to swap/,
    },
    { name: 'kernel', outcome: 'warning', change: { kernelRelease: '5.11.9' }, finding: /older than 5\.12/ },
    { name: 'api', outcome: 'failed', change: { api: { failure } }, finding: /ECONNREFUSED/ },
    {
      name: 'watch',
      outcome: 'failed',
      change: { sightings: { isRegistered: true, watches: [watch, { ...watch, isOpen: false, failure }] } },
      finding: /certificaterequests is down.*ECONNREFUSED/,
    },
    { name: 'clock', outcome: 'warning', change: { api: { clockAheadMs: -6_000 } }, finding: /6\.0 s behind/ },
    { name: 'clock', outcome: 'failed', change: { api: { clockAheadMs: 61_000 } }, finding: /61\.0 s ahead of/ },
    { name: 'requests', outcome: 'failed', change: { api: { mayCreateRequests: false } }, finding: /may not create/ },
    { name: 'keys', outcome: 'warning', change: { keys: { waiting: 51, generating: 2, spares: 0 } }, finding: /51 waiting/ },
  ];
  for (const { name, outcome, change, finding } of troubles) {
    it(`say that ${name} ${outcome === 'failed' ? 'failed' : 'is to be warned of'}, why and what to do: ${finding.source}`, () => {
      const check = outcomeOf(name, change);
      assert.equal(check.outcome, outcome);
      assert.match(check.finding, finding);
      assert.notEqual(check.cure ?? '', '');
    });
  }

  const { registrationPath: _, ...unregistered } = SOUND;
  const { api: __, ...clusterless } = SOUND;
  const open: readonly { readonly name: string; readonly findings: Findings }[] = [
    { name: 'registration', findings: unregistered },
    { name: 'registration', findings: { ...SOUND, sightings: { isRegistered: undefined, watches: [watch] } } },
    { name: 'api', findings: clusterless },
    { name: 'watch', findings: clusterless },
    { name: 'watch', findings: { ...SOUND, sightings: { isRegistered: true, watches: [] } } },
    { name: 'clock', findings: { ...SOUND, api: { failure } } },
    { name: 'requests', findings: { ...SOUND, usesPodToken: true } },
    { name: 'requests', findings: { ...SOUND, api: {} } },
    { name: 'kernel', findings: { ...SOUND, kernelRelease: 'unheard-of' } },
  ];
  for (const { name, findings } of open) {
    it(`leave ${name} open where nothing is known of it`, () =>
      assert.equal(judge(findings).find((check) => check.name === name)?.outcome, 'unknown'));
  }

  it('ask a real API one thing, which makes no object, and find what a running driver stands on', async (context) => {
    const bench = await openDriverBench(context, { cluster: {}, localCa: 'none' });
    await bench.kubelet.publish(bench.volume('web'));
    const before = bench.cluster.proxy.calls.length;
    const { checks, driver } = await askJson<ChecksAnswer>(`${bench.adminUrl}/v1/checks`);
    const made = bench.cluster.proxy.calls.slice(before).map(({ verb, path }) => `${verb} ${path}`);
    assert.deepEqual(made, ['create /apis/authorization.k8s.io/v1/selfsubjectaccessreviews']);
    assert.equal(driver.driverName, 'csi.cert-manager.io');
    const outcomes = Object.fromEntries(checks.map(({ name, outcome }) => [name, outcome]));
    for (const name of ['api', 'watch', 'clock', 'requests', 'data-root', 'keys']) assert.equal(outcomes[name], 'ok', name);
    assert.equal(outcomes['registration'], 'unknown');
  });

  it('say why the API gives no answer', async (context) => {
    const bench = await openDriverBench(context, { cluster: {}, localCa: 'none' });
    bench.cluster.proxy.faultOf = () => ({ kind: 'cut' });
    const { checks } = await askJson<ChecksAnswer>(`${bench.adminUrl}/v1/checks`);
    const api = checks.find(({ name }) => name === 'api');
    assert.equal(api?.outcome, 'failed');
    assert.match(api.finding, /Cannot POST .*selfsubjectaccessreviews/);
  });
});
