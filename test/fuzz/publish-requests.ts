import assert from 'node:assert/strict';
import { basename, dirname } from 'node:path';
import * as fc from 'fast-check';
import type { FileSpec } from '../../node-agent/contents.ts';
import { type Problem, invalidRequest } from '../../node-agent/errors.ts';
import { parseGoDuration } from '../../node-agent/go-duration.ts';
import { requestManifest } from '../../node-agent/issuers/cert-manager/certificate-request.ts';
import type { PublishRequest } from '../../node-agent/ports.ts';
import { ATTRIBUTES } from '../../node-agent/spec/attribute-table.ts';
import { fileNames } from '../../node-agent/spec/files.ts';
import { parseSpec } from '../../node-agent/spec/parse-spec.ts';
import type { Surroundings } from '../../node-agent/spec/surroundings.ts';
import type { VolumeSpec } from '../../node-agent/spec/volume-spec.ts';
import { createHome } from '../../node-agent/volume/home.ts';
import { toStored } from '../../node-agent/volume/record.ts';
import { parseVolumeId, type VolumeId } from '../../node-agent/volume-id.ts';
import { publishRequest } from '../spec/publish-request.ts';
import { noPodToken } from '../support/pod-tokens.ts';
import { SECRET, flood } from './hostile.ts';
import { type Subject, property } from './property.ts';
import { requests, surroundings } from './request-inputs.ts';

/** Long keys that nobody knows, annotations, and lists of many names. */
const manyKeys = fc
  .tuple(
    fc.constantFrom('csi.cert-manager.io/', 'podcert.io/', 'a.example/'),
    fc.integer({ min: 1, max: 300 }),
    fc.integer({ min: 30, max: 330 }),
    fc.constantFrom<readonly string[]>([], ['dns-names'], ['dns-names', 'ip-sans'], ['dns-names', 'uri-sans']),
    fc.integer({ min: 1, max: 1_100 }),
  )
  .map(([prefix, count, length, lists, names]) => {
    const keys = Array.from({ length: count }, (_, index): [string, string] => [`${prefix}${index}`.padEnd(length, 'ab'), 'x']);
    const items = { 'dns-names': 'a.example', 'ip-sans': '::1', 'uri-sans': 'a:b' };
    const all = Object.entries(items).filter(([name]) => lists.includes(name));
    return Object.fromEntries([...keys, ...all.map(([name, item]): [string, string] => [name, `${item},`.repeat(names).slice(0, -1)])]);
  });

/** Whole NodePublishVolume requests, as the attributes of a pod and the fields of a caller make them. */
export const publishRequests: Subject = {
  name: 'publish requests',
  properties: () => [
    property(
      'a request gives a spec that stays within its volume, or problems that name field and cure and show no secret',
      { inputs: fc.tuple(requests, surroundings), weight: 12, reaches: ['accepted', 'refused'] },
      ([request, known]) => judge(request, known),
    ),
    property(
      'a request with one long attribute is judged in time',
      {
        inputs: fc.tuple(requests, fc.constantFrom(...Object.keys(ATTRIBUTES)), fc.array(flood, { maxLength: 6 })),
        weight: 2,
        reaches: ['accepted', 'refused'],
      },
      ([request, name, floods]) =>
        judge(
          { ...request, attributes: { ...request.attributes, [name]: floods.join('').replaceAll(SECRET, '') } },
          { nodeName: 'node-7', pod: 'later', waitsForIp: true },
        ),
    ),
    property(
      'a request with as many keys as it may have, or more, is judged in time',
      { inputs: manyKeys, weight: 0.2, reaches: ['accepted', 'refused'] },
      (attributes) => judge(publishRequest(attributes), { nodeName: 'node-7', pod: 'later', waitsForIp: true }),
    ),
    property(
      'only what is safe as one path component is a volume id',
      { inputs: requests.map(({ volumeId }) => volumeId), weight: 2, reaches: ['accepted', 'refused'] },
      (text) => {
        const volumeId = parseVolumeId(text);
        if (volumeId === undefined) return 'refused';
        requireHome(volumeId);
        return 'accepted';
      },
    ),
  ],
};

function judge(request: PublishRequest, known: Surroundings): string {
  const result = parseSpec(request, known);
  if (result.kind === 'refused') {
    requireTold(result.problems);
    return 'refused';
  }
  const { volumeId, spec } = result;
  requireHome(volumeId);
  requireWithin(volumeId, spec.files);
  requireManifest(volumeId, spec);
  requireUnicode(spec);
  const stored = JSON.parse(JSON.stringify(toStored(request))) as PublishRequest;
  assert.deepEqual(parseSpec(stored, known), result, 'a stored request must mean the same after a restart');
  return 'accepted';
}

const FIELDS: ReadonlySet<string> = new Set([
  ...Object.keys(ATTRIBUTES),
  ...['pod.name', 'pod.namespace', 'pod.uid', 'serviceAccount.name', 'ephemeral'].map((name) => `csi.storage.k8s.io/${name}`),
  'csi.cert-manager.io/dns-names, uri-sans and ip-sans',
  'volumeAttributes',
  'volume_id',
  'target_path',
  'readonly',
  'volume_capability',
  'volume_capability.mount.volume_mount_group',
  'volume_capability.mount.mount_flags',
]);

function requireTold(problems: readonly Problem[]): void {
  assert.ok(problems.length > 0 && problems.length <= 51, `${problems.length} problems`);
  for (const { field, why, cure } of problems) {
    assert.ok(FIELDS.has(field), field);
    assert.ok(why !== '' && cure !== '', field);
  }
  const { message } = invalidRequest('Cannot publish', problems);
  // oxlint-disable-next-line no-control-regex -- what would end the line or the text
  assert.doesNotMatch(message, /[\x00-\x1f]/);
  assert.ok(!message.includes(SECRET), 'a secret is told');
  assert.ok(message.length < 50_000, `a message of ${message.length} characters`);
}

const home = createHome('/data');

function requireHome(volumeId: VolumeId): void {
  const volume = home.volume(volumeId);
  assert.equal(dirname(volume.directory), home.volumes);
  assert.equal(dirname(volume.state), home.state);
  assert.equal(dirname(home.adopted(volumeId).peers), home.shared);
}

/** Every path of a file is in the directory of its set, and no two are the same or one of the driver's own. */
function requireWithin(volumeId: VolumeId, files: FileSpec): void {
  const volume = home.volume(volumeId);
  const names = fileNames(files);
  for (const name of names) {
    assert.equal(dirname(volume.file(3, name)), volume.set(3), name);
    assert.equal(dirname(volume.visible(name)), volume.directory, name);
    assert.equal(basename(volume.visible(name)), name);
  }
  const taken = [...names.map((name) => volume.visible(name)), volume.data, volume.nextData, volume.set(1), volume.set(3)];
  assert.equal(new Set(taken).size, taken.length, 'two files of one name');
}

function requireUnicode(spec: VolumeSpec): void {
  JSON.stringify(spec, (name, value: unknown) => {
    assert.ok(typeof value !== 'string' || value.isWellFormed(), `${name} is no Unicode text`);
    return value;
  });
}

function requireManifest(volumeId: VolumeId, spec: VolumeSpec): void {
  const { pod, issuer, annotations, wanted } = spec;
  const order = {
    volumeId,
    pod,
    issuer,
    annotations,
    wanted,
    csrPem: 'a request',
    podToken: noPodToken,
  };
  const text = JSON.stringify(requestManifest(order, 'name', 'node-7'));
  assert.ok(!text.includes(SECRET), 'a secret is in the request object');
  const { duration } = (JSON.parse(text) as { readonly spec: { readonly duration: string } }).spec;
  assert.equal(parseGoDuration(duration), wanted.durationMs);
}
