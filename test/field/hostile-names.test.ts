import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, it } from 'node:test';
import { status } from '@grpc/grpc-js';
import { volumeIdOf } from '../../demo/kubelet.ts';
import type { InlineVolume } from '../../demo/kubelet.ts';
import { ATTRIBUTES } from '../../node-agent/spec/attribute-table.ts';
import { LOCAL_CA, openField } from '../support/field-bench.ts';
import type { Field } from '../support/field-bench.ts';
import { report, rounds } from '../support/field-report.ts';
import { treeOf } from '../support/volume-facts.ts';

/** What was found in the fields of pod specs, or would do harm where a name became part of a path or a command. */
const HOSTILE: Readonly<Record<string, string>> = {
  '255 bytes': 'x'.repeat(255),
  '256 bytes': 'x'.repeat(256),
  '4,096 bytes': 'x'.repeat(4_096),
  Unicode: 'ключ-鍵-🔑',
  'an override of the writing direction': 'tls\u202Eyek.',
  'a newline': 'a\nb',
  'a NUL': 'a\0b',
  '..': '..',
  'a path upwards': '../../../../tmp/podcert-was-here',
  'a path': '/tmp/podcert-was-here',
  '..data': '..data',
  'a command': '$(touch /tmp/podcert-was-here)',
  'a command in backquotes': '`touch /tmp/podcert-was-here`',
  'the end of a command': "'; touch /tmp/podcert-was-here; '",
  'an unfinished variable': '${POD_NAME',
  'an option': '--help',
  'a percent': '%s%n%00',
  'an asterisk': '*',
  'a quote of JSON': '"},"x":{"',
};

/** What the names of files in a volume are set by. */
const FILE_NAMES = new Set([
  'ca-file',
  'certificate-file',
  'privatekey-file',
  'pkcs12-filename',
  'chain-file',
  'combined-file',
  'truststore-file',
]);

/** What else an attribute needs for its value to be looked at. */
function companions(name: string): Readonly<Record<string, string>> {
  if (name === 'csi.cert-manager.io/pkcs12-enable') return { 'pkcs12-password': 'changeit' };
  if (name === 'csi.cert-manager.io/pkcs12-password' || name === 'podcert.io/pkcs12-password-key') return { 'pkcs12-enable': 'true' };
  if (/pkcs12|truststore/.test(name)) return { 'pkcs12-enable': 'true', 'pkcs12-password': 'changeit' };
  return name === 'podcert.io/combined-order' ? { 'podcert.io/combined-file': 'all.pem' } : {};
}

/** All that there is on the node but pods' and volumes' own folders. */
function outside(field: Field): readonly string[] {
  const paths = treeOf(dirname(field.home.root)).filter((path) => !/^(dist|kubelet|data\/(volumes|state)\/)/.test(path));
  // The last two are where the texts name a path, and where the driver runs.
  return [...paths, ...readdirSync('/tmp').filter((name) => name.includes('was-here')), ...readdirSync('.')];
}

/** @returns undefined where it was published, else why not. */
function refusalOf(field: Field, volume: InlineVolume): Promise<string | undefined> {
  return field.kubelet.publish(volume).then(
    () => undefined,
    (error: { readonly code: number; readonly details: string }) => {
      assert.equal(status[error.code], 'INVALID_ARGUMENT', error.details);
      return error.details;
    },
  );
}

describe('hostile names in the field', { timeout: 3_600_000 }, () => {
  it('are refused with the attribute named, or taken as they are within the volume; nothing outside is touched (invariant 10)', async (context) => {
    const field = await openField(context, { issuers: 'both', flags: { 'log-level': '1' } });
    const before = outside(field);
    const texts = Object.entries(HOSTILE);
    const names = Object.keys(ATTRIBUTES);
    const counts = { refused: 0, taken: 0 };
    const work = names.flatMap((name, column) => {
      // In fewer rounds each attribute still gets some of the texts, and each text comes to some of the attributes.
      const step = rounds({ usual: 4, full: 1 });
      return texts.filter((_, row) => (row + column) % step === 0).map(([what, text]) => ({ name, what, text }));
    });
    for (const [index, { name, what, text }] of work.entries()) {
      const volume = field.volume(`pod-${index}`, { ...LOCAL_CA, ...companions(name), [name]: text });
      const saying = `${name}: ${what}`;
      const refusal = await refusalOf(field, volume);
      if (refusal === undefined) {
        counts.taken += 1;
        const target = field.kubelet.targetPath(volume);
        const visible = readdirSync(target).filter((file) => !file.startsWith('..'));
        const short = name.slice(name.indexOf('/') + 1);
        if (FILE_NAMES.has(short)) assert.ok(visible.includes(text), `${saying}: ${visible.join()}`);
        else assert.ok(visible.includes('tls.crt') && !visible.includes(text), saying);
      } else {
        counts.refused += 1;
        assert.ok(refusal.includes(name.slice(name.indexOf('/') + 1)), `${saying}: ${refusal}`);
        assert.doesNotMatch(refusal, /[\p{Cc}\p{Cf}]/u, 'the message is one line that hides nothing');
      }
      assert.deepEqual(outside(field), before, saying);
      await field.kubelet.unpublish(volume);
      assert.deepEqual([...treeOf(field.home.state), ...treeOf(field.home.volumes)], [], saying);
    }
    assert.ok(counts.taken > 50 && counts.refused > 50, JSON.stringify(counts));
    assert.ok(
      field.logged.every((line) => JSON.parse(line) !== null),
      'each line of the log is JSON',
    );
    report(context, {
      injected: `${texts.length} hostile texts in each of ${names.length} attributes`,
      rounds: work.length,
      observed: `${counts.refused} refused with the attribute named, ${counts.taken} taken as they are; nothing outside the volume was touched, and after unpublish nothing was left`,
    });
  });

  it('in what kubelet says of the pod are refused, or come to no path (invariant 10)', async (context) => {
    const field = await openField(context, { issuers: 'both', flags: { 'log-level': '1' } });
    const before = outside(field);
    const neighbour = field.volume('neighbour', LOCAL_CA);
    await field.kubelet.publish(neighbour);
    const facts = field.read(neighbour);
    let [refused, taken] = [0, 0];
    for (const text of Object.values(HOSTILE)) {
      for (const key of ['name', 'namespace', 'serviceAccount'] as const) {
        const volume = field.volume('pod', LOCAL_CA);
        const refusal = await refusalOf(field, { ...volume, pod: { ...volume.pod, [key]: text } });
        if (refusal === undefined) taken += 1;
        else refused += 1;
        await field.kubelet.unpublish(volume);
      }
      assert.deepEqual(outside(field), before);
      assert.deepEqual(readdirSync(field.home.volumes), [volumeIdOf(neighbour)]);
    }
    assert.deepEqual(field.read(neighbour), facts);
    assert.ok(!readdirSync('/tmp').includes('podcert-was-here'));
    report(context, {
      injected: 'the same texts as name, namespace and service account of a pod',
      rounds: refused + taken,
      observed: `${refused} refused, ${taken} taken as they are; no path outside the volume, and the volume of another pod untouched`,
    });
  });
});
