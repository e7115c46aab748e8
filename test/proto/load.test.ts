import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ServiceDefinition } from '@grpc/proto-loader';
import * as fc from 'fast-check';
import { identityService, nodeService, registrationService } from '../../proto/load.ts';
import { entry, message, number, text } from './wire.ts';

const capability = {
  object: {
    accessType: 'mount',
    mount: { fsType: 'tmpfs', mountFlags: ['ro', 'noatime'], volumeMountGroup: '2000' },
    accessMode: { mode: 'SINGLE_NODE_WRITER' },
  },
  wire: [message(2, text(1, 'tmpfs'), text(2, 'ro'), text(2, 'noatime'), text(3, '2000')), message(3, number(1, 1))],
};

interface Sample {
  readonly service: ServiceDefinition;
  readonly method: string;
  readonly side: 'request' | 'response';
  readonly object: object;
  readonly wire: readonly Buffer[];
}

/** Every field of every message, with the numbers of the specification written out by hand. */
const SAMPLES: readonly Sample[] = [
  {
    service: identityService,
    method: 'GetPluginInfo',
    side: 'response',
    object: { name: 'csi.example', vendorVersion: '1.2', manifest: { built: 'today' } },
    wire: [text(1, 'csi.example'), text(2, '1.2'), entry(3, 'built', 'today')],
  },
  {
    service: identityService,
    method: 'GetPluginCapabilities',
    side: 'response',
    object: {
      capabilities: [
        { type: 'service', service: { type: 'CONTROLLER_SERVICE' } },
        { type: 'volumeExpansion', volumeExpansion: { type: 'OFFLINE' } },
      ],
    },
    wire: [message(1, message(1, number(1, 1))), message(1, message(2, number(1, 2)))],
  },
  { service: identityService, method: 'Probe', side: 'response', object: { ready: { value: true } }, wire: [message(1, number(1, 1))] },
  {
    service: nodeService,
    method: 'NodeStageVolume',
    side: 'request',
    object: {
      volumeId: 'v',
      publishContext: { a: 'b' },
      stagingTargetPath: '/s',
      volumeCapability: capability.object,
      secrets: { c: 'd' },
      volumeContext: { e: 'f' },
    },
    wire: [text(1, 'v'), entry(2, 'a', 'b'), text(3, '/s'), message(4, ...capability.wire), entry(5, 'c', 'd'), entry(6, 'e', 'f')],
  },
  {
    service: nodeService,
    method: 'NodeUnstageVolume',
    side: 'request',
    object: { volumeId: 'v', stagingTargetPath: '/s' },
    wire: [text(1, 'v'), text(2, '/s')],
  },
  {
    service: nodeService,
    method: 'NodePublishVolume',
    side: 'request',
    object: {
      volumeId: 'v',
      publishContext: { a: 'b' },
      stagingTargetPath: '/s',
      targetPath: '/t',
      volumeCapability: capability.object,
      readonly: true,
      secrets: { c: 'd' },
      volumeContext: { e: 'f' },
    },
    wire: [
      text(1, 'v'),
      entry(2, 'a', 'b'),
      text(3, '/s'),
      text(4, '/t'),
      message(5, ...capability.wire),
      number(6, 1),
      entry(7, 'c', 'd'),
      entry(8, 'e', 'f'),
    ],
  },
  {
    service: nodeService,
    method: 'NodePublishVolume',
    side: 'request',
    object: {
      volumeId: '',
      publishContext: {},
      stagingTargetPath: '',
      targetPath: '',
      volumeCapability: { accessType: 'block', block: {}, accessMode: null },
      readonly: false,
      secrets: {},
      volumeContext: {},
    },
    wire: [message(5, message(1))],
  },
  {
    service: nodeService,
    method: 'NodeUnpublishVolume',
    side: 'request',
    object: { volumeId: 'v', targetPath: '/t' },
    wire: [text(1, 'v'), text(2, '/t')],
  },
  {
    service: nodeService,
    method: 'NodeGetVolumeStats',
    side: 'request',
    object: { volumeId: 'v', volumePath: '/p', stagingTargetPath: '/s' },
    wire: [text(1, 'v'), text(2, '/p'), text(3, '/s')],
  },
  {
    service: nodeService,
    method: 'NodeGetVolumeStats',
    side: 'response',
    object: {
      usage: [{ available: '9007199254740993', total: '3', used: '2', unit: 'INODES' }],
      volumeCondition: { abnormal: true, message: 'm' },
    },
    wire: [message(1, number(1, 9007199254740993n), number(2, 3), number(3, 2), number(4, 2)), message(2, number(1, 1), text(2, 'm'))],
  },
  {
    service: nodeService,
    method: 'NodeExpandVolume',
    side: 'request',
    object: {
      volumeId: 'v',
      volumePath: '/p',
      capacityRange: { requiredBytes: '5', limitBytes: '6' },
      stagingTargetPath: '/s',
      volumeCapability: capability.object,
      secrets: { c: 'd' },
    },
    wire: [
      text(1, 'v'),
      text(2, '/p'),
      message(3, number(1, 5), number(2, 6)),
      text(4, '/s'),
      message(5, ...capability.wire),
      entry(6, 'c', 'd'),
    ],
  },
  { service: nodeService, method: 'NodeExpandVolume', side: 'response', object: { capacityBytes: '7' }, wire: [number(1, 7)] },
  {
    service: nodeService,
    method: 'NodeGetCapabilities',
    side: 'response',
    object: { capabilities: [{ type: 'rpc', rpc: { type: 'VOLUME_MOUNT_GROUP' } }] },
    wire: [message(1, message(1, number(1, 6)))],
  },
  {
    service: nodeService,
    method: 'NodeGetInfo',
    side: 'response',
    object: { nodeId: 'n', maxVolumesPerNode: '8', accessibleTopology: { segments: { zone: 'z' } } },
    wire: [text(1, 'n'), number(2, 8), message(3, entry(1, 'zone', 'z'))],
  },
  {
    service: nodeService,
    method: 'NodeGetVolumeHealth',
    side: 'request',
    object: { volumeId: 'v', volumePublishPath: '/p', stagingTargetPath: '/s' },
    wire: [text(1, 'v'), text(2, '/p'), text(3, '/s')],
  },
  {
    service: nodeService,
    method: 'NodeGetVolumeHealth',
    side: 'response',
    object: { volumeHealth: { volumeId: 'v', healthStatuses: [{ status: 'DATA_LOSS', reason: 'r', message: 'm' }] } },
    wire: [message(1, text(1, 'v'), message(2, number(1, 3), text(2, 'r'), text(3, 'm')))],
  },
  {
    service: nodeService,
    method: 'NodeGetStorageHealth',
    side: 'request',
    object: { secrets: { c: 'd' } },
    wire: [entry(1, 'c', 'd')],
  },
  {
    service: nodeService,
    method: 'NodeGetStorageHealth',
    side: 'response',
    object: { backendHealth: [{ status: 'STORAGE_UNREACHABLE', reason: 'r', message: 'm', volumeCapability: capability.object }] },
    wire: [message(1, number(1, 2), text(2, 'r'), text(3, 'm'), message(4, ...capability.wire))],
  },
  {
    service: registrationService,
    method: 'GetInfo',
    side: 'response',
    object: { type: 'CSIPlugin', name: 'csi.example', endpoint: '/e', supportedVersions: ['1.0.0'] },
    wire: [text(1, 'CSIPlugin'), text(2, 'csi.example'), text(3, '/e'), text(4, '1.0.0')],
  },
  {
    service: registrationService,
    method: 'NotifyRegistrationStatus',
    side: 'request',
    object: { pluginRegistered: true, error: 'why' },
    wire: [number(1, 1), text(2, 'why')],
  },
];

/** Where a value of each enum travels: the numbers of the fields that lead to it. */
const ENUMS: readonly {
  readonly service: ServiceDefinition;
  readonly method: string;
  readonly path: readonly [string, number][];
  readonly values: readonly string[];
}[] = [
  {
    service: identityService,
    method: 'GetPluginCapabilities',
    path: [
      ['capabilities', 1],
      ['service', 1],
      ['type', 1],
    ],
    values: [
      'UNKNOWN',
      'CONTROLLER_SERVICE',
      'VOLUME_ACCESSIBILITY_CONSTRAINTS',
      'GROUP_CONTROLLER_SERVICE',
      'SNAPSHOT_METADATA_SERVICE',
      'SNAPSHOT_ACCESSIBILITY_CONSTRAINTS',
    ],
  },
  {
    service: identityService,
    method: 'GetPluginCapabilities',
    path: [
      ['capabilities', 1],
      ['volumeExpansion', 2],
      ['type', 1],
    ],
    values: ['UNKNOWN', 'ONLINE', 'OFFLINE'],
  },
  {
    service: nodeService,
    method: 'NodeGetCapabilities',
    path: [
      ['capabilities', 1],
      ['rpc', 1],
      ['type', 1],
    ],
    values: [
      'UNKNOWN',
      'STAGE_UNSTAGE_VOLUME',
      'GET_VOLUME_STATS',
      'EXPAND_VOLUME',
      'VOLUME_CONDITION',
      'SINGLE_NODE_MULTI_WRITER',
      'VOLUME_MOUNT_GROUP',
      'GET_VOLUME_HEALTH',
      'GET_STORAGE_HEALTH',
    ],
  },
  {
    service: nodeService,
    method: 'NodeGetStorageHealth',
    path: [
      ['backendHealth', 1],
      ['volumeCapability', 4],
      ['accessMode', 3],
      ['mode', 1],
    ],
    values: [
      'UNKNOWN',
      'SINGLE_NODE_WRITER',
      'SINGLE_NODE_READER_ONLY',
      'MULTI_NODE_READER_ONLY',
      'MULTI_NODE_SINGLE_WRITER',
      'MULTI_NODE_MULTI_WRITER',
      'SINGLE_NODE_SINGLE_WRITER',
      'SINGLE_NODE_MULTI_WRITER',
    ],
  },
  {
    service: nodeService,
    method: 'NodeGetVolumeStats',
    path: [
      ['usage', 1],
      ['unit', 4],
    ],
    values: ['UNKNOWN', 'BYTES', 'INODES'],
  },
  {
    service: nodeService,
    method: 'NodeGetVolumeHealth',
    path: [
      ['volumeHealth', 1],
      ['healthStatuses', 2],
      ['status', 1],
    ],
    values: ['UNKNOWN_VOLUME_HEALTH_TYPE', 'DEGRADED', 'INACCESSIBLE', 'DATA_LOSS'],
  },
  {
    service: nodeService,
    method: 'NodeGetStorageHealth',
    path: [
      ['backendHealth', 1],
      ['status', 1],
    ],
    values: ['UNKNOWN_STORAGE_HEALTH_ERROR_TYPE', 'STORAGE_DEGRADED', 'STORAGE_UNREACHABLE'],
  },
];

function definitionOf(service: ServiceDefinition, method: string) {
  const definition = service[method];
  assert.ok(definition, `${method} is missing`);
  return definition;
}

describe('the wire format', () => {
  for (const { service, method, side, object, wire } of SAMPLES) {
    const bytes = Buffer.concat(wire);
    it(`reads and writes every field of the ${side} of ${method} (${bytes.length} bytes)`, () => {
      const definition = definitionOf(service, method);
      const [serialize, deserialize] =
        side === 'request'
          ? [definition.requestSerialize, definition.requestDeserialize]
          : [definition.responseSerialize, definition.responseDeserialize];
      assert.deepEqual(deserialize(bytes), object);
      assert.deepEqual(deserialize(serialize(object)), object);
      // Written in the order of the numbers; what is absent or zero may be written or left out.
      if (!Object.values(object).includes('')) assert.deepEqual(serialize(object), bytes);
    });
  }

  for (const { service, method, path, values } of ENUMS) {
    it(`knows the values of ${path.map(([name]) => name).join('.')} of ${method}`, () => {
      const { responseDeserialize } = definitionOf(service, method);
      const read = (value: number) => {
        const wire = path.slice(0, -1).reduceRight((inner, [, field]) => message(field, inner), number(path.at(-1)?.[1] ?? 0, value));
        return path.reduce<unknown>(
          (found, [name]) => (Array.isArray(found) ? found[0] : (found as Record<string, unknown>))[name],
          responseDeserialize(wire),
        );
      };
      assert.deepEqual(
        values.map((_, value) => read(value)),
        values,
      );
      assert.equal(read(values.length), values.length, 'one more is not known, and stays a number');
    });
  }

  it('tells a plugin that is not ready from one that does not say', () => {
    const { responseDeserialize, responseSerialize } = identityService.Probe;
    assert.deepEqual(responseDeserialize(responseSerialize({ ready: { value: false } })), { ready: { value: false } });
    assert.deepEqual(responseDeserialize(message(1)), { ready: { value: false } });
    assert.deepEqual(responseDeserialize(Buffer.alloc(0)), { ready: null });
  });

  it('skips fields of a later version', () => {
    const wire = Buffer.concat([text(1, 'v'), text(99, 'new'), number(98, 1), text(2, '/t')]);
    assert.deepEqual(nodeService.NodeUnpublishVolume.requestDeserialize(wire), { volumeId: 'v', targetPath: '/t' });
  });

  it('carries whatever key and value a pod spec can hold, as data', () => {
    const { requestSerialize, requestDeserialize } = nodeService.NodePublishVolume;
    const key = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('__proto__', 'constructor', 'toString'));
    fc.assert(
      fc.property(fc.array(fc.tuple(key, fc.string({ unit: 'grapheme' })), { maxLength: 8 }), (entries) => {
        const volumeContext = Object.fromEntries(entries);
        const empty = requestDeserialize(Buffer.alloc(0));
        const read = requestDeserialize(requestSerialize({ ...empty, volumeContext }));
        assert.deepEqual(new Map(Object.entries(read.volumeContext)), new Map(entries));
        assert.equal(Object.getPrototypeOf(read.volumeContext), Object.prototype);
      }),
    );
  });
});

describe('the services', () => {
  const services: readonly [string, ServiceDefinition, readonly string[]][] = [
    ['csi.v1.Identity', identityService, ['GetPluginInfo', 'GetPluginCapabilities', 'Probe']],
    [
      'csi.v1.Node',
      nodeService,
      [
        'NodeStageVolume',
        'NodeUnstageVolume',
        'NodePublishVolume',
        'NodeUnpublishVolume',
        'NodeGetVolumeStats',
        'NodeExpandVolume',
        'NodeGetCapabilities',
        'NodeGetInfo',
        'NodeGetVolumeHealth',
        'NodeGetStorageHealth',
      ],
    ],
    ['pluginregistration.Registration', registrationService, ['GetInfo', 'NotifyRegistrationStatus']],
  ];
  for (const [name, service, methods] of services) {
    it(`${name} has its methods under their names, none of them streaming`, () => {
      const found = Object.values(service).map(({ path, requestStream, responseStream }) => ({ path, requestStream, responseStream }));
      const expected = methods.map((method) => ({ path: `/${name}/${method}`, requestStream: false, responseStream: false }));
      assert.deepEqual(found, expected);
    });
  }
});
