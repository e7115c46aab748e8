import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { exposeFamilies, negotiateFormat, type ExpositionFormat } from '../../../driver/report/exposition.ts';
import { createMetrics } from '../../../driver/report/metrics.ts';
import type { VolumeStatus } from '../../../node-agent/ports.ts';
import { parseVolumeId, type VolumeId } from '../../../node-agent/volume-id.ts';
import { snapshotOf } from '../../support/metrics-snapshot.ts';

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

function volume(id: string, change: Partial<VolumeStatus> = {}): VolumeStatus {
  return {
    volumeId: parseVolumeId(id) as VolumeId,
    state: 'mounted',
    pod: { namespace: 'ns', name: 'web', uid: 'u', serviceAccount: 'sa' },
    issuer: { name: 'ca', kind: 'Issuer', group: 'cert-manager.io' },
    notAfterAt: new Date('2026-01-02T00:00:00.500Z'),
    renewAt: new Date('2026-01-01T00:00:00Z'),
    health: { kind: 'healthy', message: 'good' },
    ...change,
  };
}

describe('createMetrics', () => {
  for (const format of ['prometheus', 'openmetrics'] as const) {
    it(`writes ${format} that a strict reader takes, no series twice`, () => {
      const metrics = createMetrics({ version: '1.2.3' });
      metrics.countCall('NodePublishVolume', 'OK', 1_500);
      metrics.countEvent({ kind: 'volume-set-aside', volumeId: 'v', failure: { code: 'state-corrupt', message: 'x' } });
      // One pod, one issuer, two volumes; and one of which nothing is known.
      const { volumeId } = volume('csi-3');
      const series = readExposition(
        metrics.expose(
          format,
          snapshotOf([
            volume('csi-1'),
            volume('csi-2'),
            { volumeId, state: 'broken', health: { kind: 'degraded', reason: 'StateUnusable', message: 'lost' } },
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
          volume_id: 'csi-1',
          pod_namespace: 'ns',
          pod_name: 'web',
          issuer_name: 'ca',
          issuer_kind: 'Issuer',
          issuer_group: 'cert-manager.io',
        },
        value: 1_767_312_000.5,
      });
      assert.equal(expiries.length, 2);
    });
  }

  it('shows how the process fares', () => {
    const series = readExposition(createMetrics({ version: '0' }).expose('prometheus', snapshotOf()), 'prometheus');
    const value = (name: string) => series.find((one) => one.name === name)?.value ?? NaN;
    assert.ok(Math.abs(value('process_start_time_seconds') - (Date.now() / 1000 - process.uptime())) < 2);
    assert.ok(value('process_resident_memory_bytes') > 1_000_000);
    assert.ok(value('process_cpu_seconds_total') > 0);
  });

  it('ends the series of a volume with the volume (invariant 5)', () => {
    const metrics = createMetrics({ version: '0' });
    assert.match(metrics.expose('prometheus', snapshotOf([volume('csi-1')])), /csi-1/);
    assert.doesNotMatch(metrics.expose('prometheus', snapshotOf()), /csi-1/);
  });

  it('does not grow with pods that come and go (invariant 9)', () => {
    const metrics = createMetrics({ version: '0' });
    const live = (round: number) => {
      const status = volume(`csi-${round}`, { issuer: { name: `issuer-${round}`, kind: 'k', group: 'g' } });
      const { volumeId, pod, issuer } = status as Required<VolumeStatus>;
      const failure = { code: 'disk-full', message: `no space for ${round}` } as const;
      metrics.countEvent({ kind: 'published', volumeId, pod, issuer, serial: `${round}`, notAfterAt: new Date(), renewAt: new Date() });
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

  it('knows of each watch whether it is open', () => {
    const metrics = createMetrics({ version: '0' });
    const isOpen = () => metrics.expose('prometheus', snapshotOf()).match(/^podcert_watch_open\{.*$/gm);
    assert.deepEqual(isOpen(), ['podcert_watch_open{resource="certificaterequests"} 0']);
    for (const resource of ['certificaterequests', 'pods']) metrics.countEvent({ kind: 'watch-opened', resource, resourceVersion: '1' });
    assert.deepEqual(isOpen(), ['podcert_watch_open{resource="certificaterequests"} 1', 'podcert_watch_open{resource="pods"} 1']);
    metrics.countEvent({ kind: 'watch-lost', resource: 'pods', failure: { code: 'issuer-unavailable', message: '' }, retryAt: new Date() });
    assert.deepEqual(isOpen(), ['podcert_watch_open{resource="certificaterequests"} 1', 'podcert_watch_open{resource="pods"} 0']);
  });
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
