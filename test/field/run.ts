import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format } from './reliability-page.ts';
import type { FieldLine } from '../support/field-report.ts';

/**
 * `npm run field` runs the tests of this folder as often as docs/reliability.md says, and writes that page of what they saw;
 * `npm run field -- test/field/renewal.test.ts` runs some of them and writes nothing.
 */
function main(named: readonly string[]): number {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), 'podcert-field-report-'));
  try {
    const lines = join(folder, 'lines');
    const files = named.length > 0 ? named : ['test/field/*.test.ts'];
    // Most of the time they wait for time to pass, which is shared with their drivers.
    const run = spawnSync(process.execPath, ['test/run.ts', '--test-timeout=3600000', '--test-concurrency=4', ...files], {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, PODCERT_FIELD_REPORT: lines },
    });
    const seen = existsSync(lines) ? readFileSync(lines, 'utf8').trim().split('\n') : [];
    const page = format(
      seen.map((line) => JSON.parse(line) as FieldLine),
      new Date(),
    );
    if (named.length > 0) process.stdout.write(page);
    else if (run.status === 0) writeFileSync(join(root, 'docs/reliability.md'), page);
    return run.status ?? 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = main(process.argv.slice(2));
