import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { VERSION } from '../../driver/version.ts';
import { MANIFESTS, readYaml } from './read.ts';

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: unknown;
}

const values = readYaml('chart/values.yaml') as Readonly<Record<string, unknown>>;
const schema = readYaml('chart/values.schema.json') as Schema;
/** Taken, and of no use as defaults: what Helm shares with subcharts, and the parts of images without effect. */
const WITHOUT_DEFAULT = /^(global|nodeDriverRegistrarImage|livenessProbeImage)\b/;

/** The paths of all values that a schema names, such as `app.logLevel`, and of the objects that they lie in. */
function pathsOf({ properties = {} }: Schema, before = ''): string[] {
  return Object.entries(properties).flatMap(([name, schema]) => [before + name, ...pathsOf(schema, `${before}${name}.`)]);
}

function valueAt(path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], values);
}

/** All objects of a schema whose values it names. */
function objectsOf(schema: Schema): readonly Schema[] {
  const { properties } = schema;
  return properties === undefined ? [] : [schema, ...Object.values(properties).flatMap(objectsOf)];
}

describe('the chart’s values', () => {
  it('are those of its schema, each with a default', () => {
    const missing = pathsOf(schema).filter((path) => !WITHOUT_DEFAULT.test(path) && valueAt(path) === undefined);
    assert.deepEqual(missing, []);
    // Helm itself refuses a default that the schema does not know.
    assert.ok(objectsOf(schema).every(({ additionalProperties }) => additionalProperties === false));
  });

  it('are explained, one by one', () => {
    const lines = readFileSync(join(MANIFESTS, 'chart/values.yaml'), 'utf8').split('\n');
    const bare = lines.filter((line, index) => /^[a-zA-Z]/.test(line) && !lines[index - 1]?.startsWith('#'));
    assert.deepEqual(bare, []);
  });
});

describe('the chart’s version', () => {
  it('is that of package.json, as are the driver’s and the tag of the manifests (npm run manifests writes them)', () => {
    const { version, appVersion } = readYaml('chart/Chart.yaml') as Readonly<Record<string, string>>;
    assert.deepEqual([version, appVersion], [VERSION, VERSION]);
    assert.match(readFileSync(join(MANIFESTS, '4-daemon-set.yaml'), 'utf8'), new RegExp(`image: podcert:${VERSION}\n`));
  });
});
