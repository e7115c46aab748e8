import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { keepsAll, kubectl } from './cluster-access.ts';
import { waitUntilIssuerIsReady } from './issuers.ts';
import { deleteNamespace } from './namespaces.ts';

const RECIPES = join(import.meta.dirname, '../../recipes');
/** The recipes' own. */
const NAMESPACE = 'mtls-recipes';

/** What runs in the pods is tested by test/recipes: their images cannot be had everywhere. */
describe('the recipes', () => {
  before(async () => {
    await kubectl(['apply', `--filename=${join(RECIPES, 'surroundings.yaml')}`]);
    await waitUntilIssuerIsReady('issuer/recipes-ca', NAMESPACE);
  });
  after(async () => {
    if (!keepsAll) await deleteNamespace(NAMESPACE);
  });

  for (const recipe of ['node', 'go', 'java', 'nginx', 'envoy']) {
    it(`have pods for ${recipe} that the API takes, in a namespace that restricts pods`, async () => {
      const pods = readFileSync(join(RECIPES, recipe, 'pods.yaml'), 'utf8');
      await kubectl(['create', '--dry-run=server', '--validate=strict', '--filename=-'], pods);
    });
  }
});
