import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readDashboard, type Panel, type Place } from '../monitoring/dashboard.ts';
import { unknownMetricsIn } from '../monitoring/known-metrics.ts';

const dashboard = readDashboard();
const { panels, templating } = dashboard;

/** Fields that Grafana requires of a panel of each type (dashboard JSON model). */
const PANEL_FIELDS = ['id', 'type', 'title', 'description', 'datasource', 'gridPos', 'targets', 'options', 'fieldConfig'];

function overlap(one: Place, other: Place): boolean {
  return one.x < other.x + other.w && other.x < one.x + one.w && one.y < other.y + other.h && other.y < one.y + one.h;
}

describe('the dashboard', () => {
  it('is one that Grafana imports', () => {
    assert.match(dashboard.uid, /^[\w-]{8,40}$/);
    assert.equal(dashboard.schemaVersion, 39);
    assert.ok(dashboard.title !== '' && dashboard.time.from !== '' && dashboard.time.to !== '');
    // `id` is the database's own, and a file that has one overwrites somebody else's dashboard.
    assert.ok(!('id' in dashboard));
    for (const panel of panels) {
      const { transformations: _, ...fields } = panel as Panel & { transformations?: unknown };
      assert.deepEqual(Object.keys(fields).toSorted(), PANEL_FIELDS.toSorted(), panel.title);
      assert.ok(['stat', 'timeseries', 'table'].includes(panel.type));
    }
  });

  it('has panels side by side, each with an id, a title and a word about it', () => {
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    for (const { title, description, gridPos } of panels) {
      assert.ok(title !== '' && description !== '', title);
      assert.ok(gridPos.x >= 0 && gridPos.x + gridPos.w <= 24 && gridPos.w > 0 && gridPos.h > 0, title);
    }
    const pairs = panels.flatMap((one, index) => panels.slice(index + 1).map((other) => [one, other] as const));
    assert.deepEqual(
      pairs.filter(([one, other]) => overlap(one.gridPos, other.gridPos)).map(([one, other]) => [one.title, other.title]),
      [],
    );
  });

  it('asks the Prometheus that is chosen, with variables that there are, about drivers alone', () => {
    const names = new Set(templating.list.map(({ name }) => name));
    assert.deepEqual([...names], ['datasource', 'job', 'namespace']);
    const sources = [...panels, ...panels.flatMap(({ targets }) => targets), ...templating.list.filter(({ type }) => type === 'query')];
    for (const { datasource } of sources) assert.deepEqual(datasource, { type: 'prometheus', uid: '${datasource}' });
    for (const { expr } of panels.flatMap(({ targets }) => targets)) {
      const used = (expr.match(/\$\w+/g) ?? []).map((name) => name.slice(1)).filter((name) => name !== '__rate_interval');
      assert.deepEqual(
        used.filter((name) => !names.has(name)),
        [],
      );
      // Other programs serve process_* and rest_client_* too.
      assert.equal(expr.match(/\{/g)?.length, expr.match(/\{job=~"\$job"/g)?.length, expr);
    }
  });

  for (const { title, targets } of panels) {
    it(`asks for nothing that there is not: ${title}`, () => {
      assert.deepEqual(
        targets.flatMap(({ expr }) => unknownMetricsIn(expr)),
        [],
      );
      assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length);
    });
  }

  it('is shown in the documents panel by panel', () => {
    const picture = readFileSync(join(import.meta.dirname, '../../docs/dashboard.svg'), 'utf8');
    const titles = [...picture.matchAll(/<title>(.*?)<\/title>/g)].map(([, title]) => title);
    assert.deepEqual(
      titles,
      panels.map(({ title }) => title),
      'drawn anew by npm run e2e -- --picture',
    );
  });
});
