import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readDashboard } from '../monitoring/dashboard.ts';
import { pictureOf } from '../monitoring/picture.ts';
import { alertsOf, readRules } from '../monitoring/rules.ts';
import { apply, kubectl } from './cluster-access.ts';
import { answersOf, drawnPanel, type View } from './dashboard-answers.ts';
import { caIssuer } from './issuers.ts';
import { ownNamespace } from './namespaces.ts';
import { deletePods, startPods } from './pods.ts';
import { Prometheus } from './prometheus.ts';
import { readVolume, waitForRenewal } from './volume-files.ts';
import { waitFor } from './wait.ts';

const PICTURE = join(import.meta.dirname, '../../docs/dashboard.svg');
const dashboard = readDashboard();

interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
}

describe('a Prometheus that scrapes the driver', () => {
  let prometheus: Prometheus;
  // Before the namespace is deleted, which takes its time.
  after(() => prometheus?.stop());
  const namespace = ownNamespace('monitoring');
  const later = { name: 'later', namespace };
  let beganSeconds: number;

  before(async () => {
    prometheus = await Prometheus.start();
    beganSeconds = Date.now() / 1_000;
    await apply(caIssuer('Issuer', later, 'ca'));
    const steady = ['api', 'cart', 'gone'].map((name) => ({ namespace, name, attributes: { duration: '5m' } }));
    const rsa = { namespace, name: 'rsa', attributes: { duration: '60s', 'key-algorithm': 'RSA' } };
    const quick = { namespace, name: 'web', attributes: { duration: '60s' } };
    await startPods(...steady, rsa, quick, { namespace, name: 'late', attributes: { duration: '60s', 'issuer-name': later.name } });
  });

  /** An alert of the pod `late`. */
  const alertOf = async (name: string): Promise<Alert | undefined> => {
    const { alerts } = await prometheus.get<{ alerts: readonly Alert[] }>('alerts');
    return alerts.find(
      ({ labels }) => labels['alertname'] === name && labels['pod_namespace'] === namespace && labels['pod_name'] === 'late',
    );
  };

  const view = (): View => {
    const end = Date.now() / 1_000;
    return { namespace, start: beganSeconds, end, step: Math.max(1, Math.round((end - beganSeconds) / 200)) };
  };

  it('takes all that it says, each series once', async () => {
    await waitForRenewal(namespace, 'web', await readVolume(namespace, 'web'));
    const { activeTargets } = await prometheus.get<{ activeTargets: readonly { health: string; lastError: string }[] }>('targets');
    assert.ok(activeTargets.length > 0);
    for (const { health, lastError } of activeTargets) assert.deepEqual([health, lastError], ['up', '']);
    const refused = (await prometheus.metrics()).match(/^prometheus_target_scrapes_(sample|exceeded)_\w+_total .*$/gm) ?? [];
    assert.deepEqual(
      refused.filter((line) => !line.endsWith(' 0')),
      [],
    );
  });

  it('is told of each volume by the name that its pod gives it', async () => {
    const [answer, ...others] = await prometheus.query(
      `podcert_certificate_not_after_timestamp_seconds{pod_namespace="${namespace}", pod_name="api"}`,
    );
    const { volume, issuer_kind, issuer_name, issuer_group } = answer?.metric ?? {};
    assert.deepEqual([volume, issuer_kind, issuer_name, issuer_group], ['tls', 'Issuer', 'ca', 'cert-manager.io']);
    const { leaf } = await readVolume(namespace, 'api');
    assert.equal(Number(answer?.values[0]?.[1]), leaf.validToDate.getTime() / 1_000);
    assert.deepEqual(others, []);
  });

  it('forgets a volume with its pod', async () => {
    const series = `{pod_namespace="${namespace}", pod_name="gone"}`;
    assert.notDeepEqual(await prometheus.query(series), []);
    await deletePods(namespace, 'gone');
    await waitFor('the end of its series', namespace, 30_000, async () =>
      (await prometheus.query(series)).length === 0 ? true : undefined,
    );
  });

  it('loads every alert', async () => {
    const { groups } = await prometheus.get<{
      groups: readonly { rules: readonly { name: string; health: string; lastError?: string }[] }[];
    }>('rules');
    const loaded = groups.flatMap(({ rules }) => rules);
    assert.deepEqual(
      loaded.map(({ name, health, lastError }) => ({ name, health, lastError })),
      alertsOf(readRules()).map(({ alert }) => ({ name: alert, health: 'ok', lastError: undefined })),
    );
  });

  it('raises the alert of a certificate that nobody renews, and ends it once somebody does', async () => {
    // Signs with the requester's own key alone, which it does not get, so that it declares our requests failed.
    await apply({ apiVersion: 'cert-manager.io/v1', kind: 'Issuer', metadata: later, spec: { selfSigned: {}, ca: null } });
    const { annotations } = await waitFor('the alert', namespace, 240_000, async () => {
      const alert = await alertOf('PodcertCertificateExpiring');
      return alert?.state === 'firing' ? alert : undefined;
    });
    assert.match(annotations['summary'] ?? '', new RegExp(`${namespace}/late ends soon`));
    assert.equal((await alertOf('PodcertRenewalFailing'))?.state, 'pending');
    await kubectl(['delete', 'issuer/later', `--namespace=${namespace}`]);
    await apply(caIssuer('Issuer', later, 'ca'));
    await waitFor('the end of the alert', namespace, 120_000, async () =>
      (await alertOf('PodcertCertificateExpiring')) === undefined ? true : undefined,
    );
  });

  it('has nothing else to alert of', async () => {
    const { alerts } = await prometheus.get<{ alerts: readonly Alert[] }>('alerts');
    const firing = alerts.filter(({ state, labels: { pod_namespace = namespace } }) => state === 'firing' && pod_namespace === namespace);
    assert.deepEqual(firing, []);
  });

  for (const { title, targets } of dashboard.panels) {
    it(`has what the dashboard shows: ${title}`, async () => {
      for (const target of targets) assert.notDeepEqual(await answersOf(prometheus, target, view()), [], target.expr);
    });
  }

  it('lets the dashboard be drawn', async () => {
    const panels = [];
    const shown = view();
    for (const panel of dashboard.panels) panels.push(await drawnPanel(prometheus, panel, shown));
    const picture = pictureOf(panels, shown).replaceAll(namespace, 'shop');
    assert.equal(picture.match(/<title>/g)?.length, dashboard.panels.length);
    assert.doesNotMatch(picture, /NaN|Infinity/);
    if (process.env['PODCERT_E2E_PICTURE'] === '1') await writeFile(PICTURE, picture);
  });
});
