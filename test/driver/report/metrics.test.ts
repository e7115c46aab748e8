import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { exposeFamilies, negotiateFormat, type ExpositionFormat } from '../../../driver/report/exposition.ts';
import { createMetrics } from '../../../driver/report/metrics.ts';
import { METRICS, type MetricDefinition } from '../../../driver/report/metric-table.ts';
import { lookAtProcess } from '../../../driver/report/process-status.ts';
import { volumeName } from '../../../driver/report/volume-families.ts';
import type { VolumeStatus } from '../../../node-agent/ports.ts';
import { metricsThatMetEverything, volumeStatus } from '../../support/met-everything.ts';
import { snapshotOf } from '../../support/metrics-snapshot.ts';
import { promtool } from '../../support/promtool.ts';

interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Reads an exposition as strictly as the formats are written down; a second opinion on what the code under test writes. */
function readExposition(text: string, format: ExpositionFormat): Series[] {
  assert.ok(text.endsWith('\n'));
  const lines = text.slice(0, -1).split('\n');
  if (format === 'openmetrics') assert.equal(lines.pop(), '# EOF');
  const series: Series[] = [];
  let family = { name: '', type: '' };
  const seen = new Set<string>();
  for (const line of lines) {
    const type = /^# TYPE ([a-z_]+) (counter|gauge|histogram)$/.exec(line);
    if (type !== null) {
      assert.ok(!seen.has(`family ${type[1]}`), `${type[1]} appears twice`);
      seen.add(`family ${type[1]}`);
      family = { name: type[1] ?? '', type: type[2] ?? '' };
    } else if (!line.startsWith('# HELP ')) {
      const sample = readSample(line);
      const suffixes = { counter: format === 'openmetrics' ? ['_total'] : [''], gauge: [''], histogram: ['_bucket', '_count', '_sum'] };
      const allowed = suffixes[family.type as keyof typeof suffixes].map((suffix) => `${family.name}${suffix}`);
      assert.ok(allowed.includes(sample.name), `${line} is no sample of ${family.type} ${family.name}`);
      const identity = JSON.stringify([sample.name, Object.entries(sample.labels)]);
      assert.ok(!seen.has(identity), `${line} appears twice`);
      seen.add(identity);
      series.push(sample);
    }
  }
  return series;
}

function readSample(line: string): Series {
  const [, name, labelText = '', value] = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/s.exec(line) ?? [];
  assert.ok(name !== undefined && value !== undefined, line);
  const labels: Record<string, string> = {};
  let rest = labelText;
  while (rest !== '') {
    const [all = '', label = '', text = ''] = /^([a-z_]+)="((?:[^"\\]|\\["\\n])*)"(?:,|$)/.exec(rest) ?? assert.fail(line);
    labels[label] = text.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
    rest = rest.slice(all.length);
  }
  return { name, labels, value: value === '+Inf' ? Infinity : Number(value) };
}

/** What is told of one volume: the metrics without their prefix, and their values. */
function tell(change: Partial<VolumeStatus>) {
  const text = createMetrics({ version: '0' }).expose('prometheus', snapshotOf([volumeStatus('tls', change)]));
  const series = readExposition(text, 'prometheus').filter(({ labels }) => labels['volume'] === 'tls');
  return series.map(({ name, value }) => [name.replace(/^podcert_/, ''), value]);
}

describe('createMetrics', () => {
  for (const format of ['prometheus', 'openmetrics'] as const) {
    it(`writes ${format} that a strict reader takes, no series twice`, () => {
      const metrics = createMetrics({ version: '1.2.3' });
      metrics.countCall('NodePublishVolume', 'OK', 1_500);
      metrics.countEvent({ kind: 'volume-set-aside', volumeId: 'v', failure: { code: 'state-corrupt', message: 'x' } });
      // One pod, one issuer, two volumes; and one of which nothing is known.
      const { volumeId, targetPath } = volumeStatus('csi-3');
      const series = readExposition(
        metrics.expose(
          format,
          snapshotOf([
            volumeStatus('csi-1'),
            volumeStatus('csi-2'),
            { volumeId, targetPath, state: 'broken', health: { kind: 'degraded', reason: 'StateUnusable', message: 'lost' } },
          ]),
        ),
        format,
      );
      const find = (name: string, labels: object) =>
        series.find((one) => one.name === name && JSON.stringify(one.labels) === JSON.stringify(labels))?.value;
      assert.equal(find('podcert_rpcs_total', { method: 'NodePublishVolume', code: 'OK' }), 1);
      assert.equal(find('podcert_failures_total', { event: 'volume-set-aside', code: 'state-corrupt' }), 1);
      assert.equal(find('podcert_volumes', { state: 'mounted' }), 2);
      assert.equal(find('podcert_volumes', { state: 'broken' }), 1);
      assert.equal(find('podcert_abnormal_volumes', { reason: 'StateUnusable' }), 1);
      assert.equal(find('podcert_abnormal_volumes', { reason: 'CertificateExpired' }), 0);
      assert.equal(find('podcert_volumes', { state: 'leaving' }), 0);
      assert.equal(find('podcert_key_generations', { state: 'running' }), 1);
      assert.equal(find('podcert_key_generations', { state: 'waiting' }), 2);
      assert.equal(find('podcert_spare_keys', {}), 3);
      assert.equal(find('podcert_build_info', { version: '1.2.3', node_version: process.versions.node }), 1);
      const expiries = series.filter(({ name }) => name === 'podcert_certificate_not_after_timestamp_seconds');
      assert.deepEqual(expiries[0], {
        name: 'podcert_certificate_not_after_timestamp_seconds',
        labels: {
          pod_namespace: 'ns',
          pod_name: 'web',
          volume: 'csi-1',
          issuer_name: 'ca',
          issuer_kind: 'Issuer',
          issuer_group: 'cert-manager.io',
        },
        value: 1_767_312_000.5,
      });
      assert.equal(expiries.length, 2);
    });
  }

  it('shows how the process fares', async () => {
    const snapshot = { ...snapshotOf(), process: await lookAtProcess() };
    const series = readExposition(createMetrics({ version: '0' }).expose('prometheus', snapshot), 'prometheus');
    const value = (name: string) => series.find((one) => one.name === name)?.value ?? NaN;
    assert.ok(Math.abs(value('process_start_time_seconds') - (Date.now() / 1000 - process.uptime())) < 2);
    assert.ok(value('process_resident_memory_bytes') > 1_000_000);
    assert.ok(value('process_virtual_memory_bytes') > value('process_resident_memory_bytes'));
    assert.ok(value('process_cpu_seconds_total') > 0);
    assert.ok(value('process_open_fds') > 2 && value('process_open_fds') < value('process_max_fds'));
    assert.ok(value('podcert_event_loop_active_seconds_total') > 0);
    assert.ok(value('podcert_event_loop_turns_total') > 0);
    assert.ok(value('podcert_event_loop_lag_seconds') >= 0);
  });

  it('has every metric of its table, with the labels that stand there and no others', () => {
    const text = metricsThatMetEverything().expose('openmetrics', snapshotOf([volumeStatus('tls')]));
    const families = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type]) => [name, type]);
    assert.deepEqual(Object.fromEntries(families), Object.fromEntries(Object.entries(METRICS).map(([name, { type }]) => [name, type])));
    for (const { name, labels } of readExposition(text, 'openmetrics')) {
      const family = name.replace(/_(total|bucket|count|sum)$/, '') as keyof typeof METRICS;
      const { labels: known = {} }: MetricDefinition = METRICS[family] ?? METRICS[name as keyof typeof METRICS];
      const { le: _le, ...own } = labels;
      assert.deepEqual(Object.keys(own), Object.keys(known), name);
      for (const [label, value] of Object.entries(own)) {
        const values = known[label] ?? [];
        assert.ok(values.length === 0 || values.includes(value), `${name} has ${label}="${value}"`);
      }
    }
  });

  it('pleases promtool, which knows how metrics are named', async () => {
    assert.equal(
      await promtool(['check', 'metrics'], metricsThatMetEverything().expose('prometheus', snapshotOf([volumeStatus('tls')]))),
      '',
    );
  });

  it('tells of a volume when its certificate came, ends and is renewed, which set of files it is in, and how the last attempt ended', () => {
    const [receivedAt, notAfterAt, renewAt] = [new Date(1_000), new Date(9_000), new Date(6_000)];
    const certificate = [
      ['certificate_not_after_timestamp_seconds', 9],
      ['certificate_received_timestamp_seconds', 1],
      ['certificate_renew_timestamp_seconds', 6],
    ];
    const success = 'certificate_last_renewal_success';
    assert.deepEqual(tell({ receivedAt, notAfterAt, renewAt }), [...certificate, [success, 1], ['file_set_generation', 3]]);
    const failing = { failures: 2, sinceAt: renewAt, failure: { code: 'request-denied', message: '' } } as const;
    assert.deepEqual(tell({ receivedAt, notAfterAt, renewAt, failing }), [...certificate, [success, 0], ['file_set_generation', 3]]);
  });

  it('has one series for two volumes of one name, such as those of a pod that was replaced by force', () => {
    const { targetPath } = volumeStatus('tls');
    const [old, young] = [volumeStatus('csi-1', { targetPath, generation: 7 }), volumeStatus('csi-2', { targetPath, generation: 1 })];
    const series = readExposition(createMetrics({ version: '0' }).expose('openmetrics', snapshotOf([old, young])), 'openmetrics');
    assert.deepEqual(
      series.filter(({ name }) => name === 'podcert_file_set_generation').map(({ value }) => value),
      [1],
    );
  });

  it('measures issuances as a whole and step by step, and how late renewals were', () => {
    const series = readExposition(metricsThatMetEverything().expose('prometheus', snapshotOf()), 'prometheus');
    const value = (name: string, labels: object) =>
      series.find((one) => one.name === name && JSON.stringify(one.labels) === JSON.stringify(labels))?.value;
    assert.equal(value('podcert_issuance_duration_seconds_sum', { kind: 'renewed' }), 1.123);
    assert.equal(value('podcert_issuance_duration_seconds_count', { kind: 'published' }), 1);
    assert.equal(value('podcert_issuance_step_duration_seconds_sum', { step: 'wait' }), 2);
    assert.equal(value('podcert_renewal_lateness_seconds_bucket', { le: '1.0' }), 0);
    assert.equal(value('podcert_renewal_lateness_seconds_bucket', { le: '5.0' }), 1);
  });

  it('counts calls to the API as client-go does', () => {
    const text = metricsThatMetEverything().expose('prometheus', snapshotOf());
    assert.match(text, /^rest_client_requests_total\{code="201",method="POST",host="10\.96\.0\.1"\} 1$/m);
    assert.match(text, /^rest_client_requests_total\{code="<error>",method="GET",host="10\.96\.0\.1"\} 1$/m);
  });

  it('tells of 5,000 volumes in little processor time', () => {
    const metrics = createMetrics({ version: '0' });
    const volumes = Array.from({ length: 5_000 }, (_, index) => volumeStatus(`csi-${index}`));
    const before = process.cpuUsage();
    const text = metrics.expose('openmetrics', snapshotOf(volumes));
    const { user, system } = process.cpuUsage(before);
    assert.equal(text.match(/^podcert_file_set_generation\{/gm)?.length, 5_000);
    // A tenth of it is usual.
    assert.ok(user + system < 500_000, `${user + system} µs`);
  });

  it('knows whether kubelet has registered the driver, once it was asked to', () => {
    const metrics = createMetrics({ version: '0' });
    const told = () => /^podcert_kubelet_registered (\d)$/m.exec(metrics.expose('prometheus', snapshotOf()))?.[1];
    assert.equal(told(), undefined);
    for (const [answer, value] of [
      [false, '0'],
      [true, '1'],
      [false, '0'],
    ] as const) {
      metrics.noteRegistration(answer);
      assert.equal(told(), value);
    }
  });

  it('ends the series of a volume with the volume (invariant 5)', () => {
    const metrics = createMetrics({ version: '0' });
    assert.match(metrics.expose('prometheus', snapshotOf([volumeStatus('csi-1')])), /csi-1/);
    assert.doesNotMatch(metrics.expose('prometheus', snapshotOf()), /csi-1/);
  });

  it('does not grow with pods that come and go (invariant 9)', () => {
    const metrics = createMetrics({ version: '0' });
    const live = (round: number) => {
      const status = volumeStatus(`csi-${round}`, { issuer: { name: `issuer-${round}`, kind: 'k', group: 'g' } });
      const { volumeId, pod, issuer } = status as Required<VolumeStatus>;
      const took = { keyMs: round, createMs: round, waitMs: round, writeMs: round };
      const failure = { code: 'disk-full', message: `no space for ${round}` } as const;
      metrics.countEvent({
        kind: 'published',
        volumeId,
        pod,
        issuer,
        serial: `${round}`,
        notAfterAt: new Date(),
        renewAt: new Date(),
        took,
      });
      metrics.countEvent({ kind: 'issuance-failed', volumeId, pod, issuer, failure });
      metrics.countEvent({ kind: 'attributes-unknown', volumeId, pod, issuer, attributes: [`a/${round}`] });
      metrics.countEvent({ kind: 'cleanup-failed', volumeId: `v-${round}`, failure });
      metrics.expose('prometheus', snapshotOf([status]));
    };
    live(0);
    const seriesBefore = readExposition(metrics.expose('prometheus', snapshotOf()), 'prometheus').length;
    for (let round = 1; round <= 500; round++) live(round);
    assert.equal(readExposition(metrics.expose('prometheus', snapshotOf()), 'prometheus').length, seriesBefore);
  });

  it('fills the buckets of call durations from below, bounds included', () => {
    const metrics = createMetrics({ version: '0' });
    for (const durationMs of [1, 100, 101, 1_000, 500_000]) metrics.countCall('Probe', 'OK', durationMs);
    const buckets = readExposition(metrics.expose('openmetrics', snapshotOf()), 'openmetrics').filter(({ name }) =>
      name.startsWith('podcert_rpc_duration'),
    );
    const upTo = (le: string) => buckets.find((one) => one.labels['le'] === le)?.value;
    assert.deepEqual([upTo('0.005'), upTo('0.1'), upTo('0.25'), upTo('1.0'), upTo('120.0'), upTo('+Inf')], [1, 2, 3, 4, 4, 5]);
    assert.deepEqual(
      buckets.filter(({ labels }) => labels['le'] === undefined).map(({ value }) => value),
      [5, 501.202],
    );
  });

  it('knows of each watch whether it is open, and how often it was begun again', () => {
    const metrics = createMetrics({ version: '0', watches: ['certificaterequests'] });
    const isOpen = () => metrics.expose('prometheus', snapshotOf()).match(/^podcert_watch_open\{.*$/gm);
    assert.deepEqual(isOpen(), ['podcert_watch_open{resource="certificaterequests"} 0']);
    for (const resource of ['certificaterequests', 'pods']) metrics.countEvent({ kind: 'watch-opened', resource, resourceVersion: '1' });
    assert.deepEqual(isOpen(), ['podcert_watch_open{resource="certificaterequests"} 1', 'podcert_watch_open{resource="pods"} 1']);
    metrics.countEvent({ kind: 'watch-lost', resource: 'pods', failure: { code: 'issuer-unavailable', message: '' }, retryAt: new Date() });
    assert.deepEqual(isOpen(), ['podcert_watch_open{resource="certificaterequests"} 1', 'podcert_watch_open{resource="pods"} 0']);
    assert.deepEqual(metrics.expose('prometheus', snapshotOf()).match(/^podcert_watch_restarts_total\{.*$/gm), [
      'podcert_watch_restarts_total{resource="certificaterequests"} 0',
      'podcert_watch_restarts_total{resource="pods"} 1',
    ]);
  });

  it('has no watch to tell of where there is no cluster', () => {
    assert.doesNotMatch(createMetrics({ version: '0' }).expose('prometheus', snapshotOf()), /podcert_watch/);
  });
});

describe('volumeName', () => {
  for (const [path, name] of [
    ['/var/lib/kubelet/pods/u/volumes/kubernetes.io~csi/tls/mount', 'tls'],
    ['/opt/csi/per-alloc/tls', 'tls'],
    ['/mount', 'mount'],
  ] as const) {
    it(`finds "${name}" in ${path}`, () => assert.equal(volumeName(path), name));
  }
});

describe('exposeFamilies', () => {
  it('hands any label value through, whatever it holds', () => {
    const format = fc.constantFrom('prometheus', 'openmetrics');
    // Characters that the formats escape, often enough to meet in all their orders.
    const text = fc.string({
      unit: fc.oneof(fc.constantFrom('"', '\\', '\n', 'n', '}', ','), fc.string({ unit: 'binary', maxLength: 1 })),
    });
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 3 }), format, (texts, format) => {
        const samples = [...new Set(texts)].map((text, value) => ({ labels: { text, other: 'x' }, value }));
        const text = exposeFamilies([{ name: 'x', type: 'gauge', help: 'h', samples }], format);
        assert.deepEqual(
          readExposition(text, format).map(({ labels }) => labels['text']),
          samples.map(({ labels }) => labels.text),
        );
      }),
    );
  });
});

describe('negotiateFormat', () => {
  const prometheus3 = 'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.1';
  const cases: readonly (readonly [string, ExpositionFormat])[] = [
    ['', 'prometheus'],
    ['*/*', 'prometheus'],
    ['text/plain;version=0.0.4', 'prometheus'],
    [prometheus3, 'openmetrics'],
    ['text/plain, Application/OpenMetrics-Text', 'openmetrics'],
    ['application/openmetrics-text; q=0.0', 'prometheus'],
    ['application/openmetrics-textual', 'prometheus'],
  ];
  for (const [accept, format] of cases) {
    it(`answers "${accept}" in ${format}`, () => assert.equal(negotiateFormat(accept), format));
  }
});
