import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { readAdvice } from '../../audit/advisories.ts';

const via = [{ title: 'It leaks', url: 'https://github.com/advisories/GHSA-xxxx' }, 'other'];
const leaky = { name: 'leaky', severity: 'high', range: '<1.2.3', via };

describe('the answer of npm audit', () => {
  for (const { name, report, advice } of [
    { name: 'nothing is known', report: { auditReportVersion: 2, vulnerabilities: {} }, advice: { kind: 'clean' } },
    {
      name: 'a package is vulnerable',
      report: { auditReportVersion: 2, vulnerabilities: { leaky } },
      advice: { kind: 'vulnerable', packages: ['leaky <1.2.3, high: It leaks (https://github.com/advisories/GHSA-xxxx); through other'] },
    },
    {
      name: 'the registry has no advisories',
      report: { message: '405 Method Not Allowed - POST /advisories/bulk', statusCode: 405, error: { summary: '', detail: '' } },
      advice: { kind: 'unanswered', why: '405 Method Not Allowed - POST /advisories/bulk' },
    },
    {
      name: 'there is no network',
      report: { message: 'request failed, reason: connect ECONNREFUSED', error: { summary: '', detail: '' } },
      advice: { kind: 'unanswered', why: 'request failed, reason: connect ECONNREFUSED' },
    },
    {
      name: 'there is no lock file',
      report: { error: { code: 'ENOLOCK', summary: 'This command requires an existing lockfile.' } },
      advice: { kind: 'failed', why: 'ENOLOCK: This command requires an existing lockfile.' },
    },
  ] as const) {
    it(`says that ${name}`, () => assert.deepEqual(readAdvice({ stdout: JSON.stringify(report) }), advice));
  }

  for (const report of ['', 'null', '[]', '{}', 'npm ERR! code']) {
    it(`is no clean one where it is ${JSON.stringify(report)}`, () => assert.equal(readAdvice({ stdout: report }).kind, 'failed'));
  }

  const endless = ['-e', 'setInterval(() => {}, 1_000)'];
  for (const { name, run, kind } of [
    { name: 'there is no npm', run: () => spawnSync('no-such-npm'), kind: 'failed' },
    {
      name: 'npm wrote more than is read',
      run: () => spawnSync(process.execPath, ['-e', 'console.log("{}".repeat(100))'], { maxBuffer: 8 }),
      kind: 'failed',
    },
    { name: 'npm was killed', run: () => spawnSync('sh', ['-c', 'kill -9 $$']), kind: 'failed' },
    { name: 'nobody answered in time', run: () => spawnSync(process.execPath, endless, { timeout: 50 }), kind: 'unanswered' },
  ] as const) {
    it(`says that ${name}`, () => {
      const { stdout, error } = run();
      assert.equal(readAdvice({ stdout: String(stdout ?? ''), ...(error && { error }) }).kind, kind);
    });
  }
});
