import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { unknownMetricsIn } from '../monitoring/known-metrics.ts';
import { alertsOf, readRules, type RuleFile } from '../monitoring/rules.ts';
import { promtool } from '../support/promtool.ts';
import { only, readFolder } from './read.ts';

const ROOT = join(import.meta.dirname, '../..');
const rules = readRules();

/** Has promtool judge rules by the unit tests of the alerts. */
async function judge(rules: RuleFile): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'podcert-alerts-'));
  try {
    // JSON is YAML.
    await writeFile(join(folder, 'rules.yaml'), JSON.stringify(rules));
    await copyFile(join(ROOT, 'test/monitoring/alerts.yaml'), join(folder, 'alerts.yaml'));
    await promtool(['check', 'rules', join(folder, 'rules.yaml')]);
    return await promtool(['test', 'rules', join(folder, 'alerts.yaml')]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe('the alerts', () => {
  it('lie in the namespace of the driver, by a label that selects them', () => {
    const [object] = readFolder('monitoring').filter(({ kind }) => kind === 'PrometheusRule');
    assert.equal(object?.apiVersion, 'monitoring.coreos.com/v1');
    assert.equal(object.metadata.namespace, only(readFolder('.'), 'Namespace').metadata.name);
  });

  it('fire when they should and not when they should not, as promtool sees it', async () => assert.match(await judge(rules), /SUCCESS/));

  for (const { alert, annotations, labels, expr } of alertsOf(rules)) {
    it(`ask for nothing that there is not: ${alert}`, () => {
      assert.deepEqual(unknownMetricsIn(expr), []);
    });

    it(`would be missed: ${alert}`, async () => {
      const silenced = rules.groups.map((group) => ({
        ...group,
        rules: group.rules.map((rule) => (rule.alert === alert ? { ...rule, expr: 'vector(0) > 1' } : rule)),
      }));
      await assert.rejects(judge({ groups: silenced }), new RegExp(`alertname: ?${alert}`));
    });

    it(`say in the runbook what it means, how to look and how to cure it: ${alert}`, () => {
      assert.ok(['critical', 'warning'].includes(labels['severity'] ?? ''));
      const [page = '', anchor] = annotations['runbook']?.split('#') ?? [];
      assert.equal(anchor, alert.toLowerCase());
      const section = readFileSync(join(ROOT, page), 'utf8')
        .split(/^## /m)
        .find((text) => text.startsWith(`${alert}\n`));
      for (const part of ['What it means', 'How to look', 'The cure']) assert.ok(section?.includes(`\n**${part}.**`), part);
    });
  }
});
