import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VERSION } from '../../driver/version.ts';
import { CHART } from './helm.ts';
import { renderManifests } from './rendered-manifests.ts';

const MANIFESTS = join(CHART, '..');

/** `npm run manifests` gives the chart the version of package.json, and writes the manifests that come from it. */
async function main(): Promise<void> {
  const about = join(CHART, 'Chart.yaml');
  const text = await readFile(about, 'utf8');
  await writeFile(about, text.replaceAll(/^(version|appVersion): .*$/gm, `$1: ${VERSION}`));
  for (const [path, rendered] of renderManifests()) await writeFile(join(MANIFESTS, path), rendered);
}

await main();
