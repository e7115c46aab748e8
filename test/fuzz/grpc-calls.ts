import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { Client, Metadata, credentials, status, type ServiceError } from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';
import * as fc from 'fast-check';
import { identityService, nodeService } from '../../proto/load.ts';
import { entry, message, number, text } from '../proto/wire.ts';
import { openDriverBench } from '../support/driver-bench.ts';
import type { DriverBench } from '../support/driver-bench.ts';
import { attributePairs } from './attribute-values.ts';
import { SECRET, hostileText, mutatedBytes, near } from './hostile.ts';
import { type Property, type Subject, property } from './property.ts';

type AnyMethod = MethodDefinition<object, object>;

const METHODS: ReadonlyMap<string, AnyMethod> = new Map([...Object.entries(identityService), ...Object.entries(nodeService)]);

/** How long an answer may take: far longer than any does, and far less than for ever. */
const ANSWER_MS = 60_000;

/** kubelet's socket of a driver that runs, with real volumes. */
export const grpcCalls: Subject = {
  name: 'gRPC calls',
  async properties(context) {
    const bench = await openDriverBench(context);
    const socketPath = join(dirname(bench.dataRoot), 'csi.sock');
    const client = new Client(`unix:${socketPath}`, credentials.createInsecure());
    context.after(() => client.close());
    const driver = { bench, client, socketPath };
    return [bytesProperty(driver), publishProperty(driver), rawProperty(driver), remainsProperty(driver)];
  },
};

interface Driver {
  readonly bench: DriverBench;
  readonly client: Client;
  readonly socketPath: string;
}

/** The code and message of an answer. */
interface Answer {
  readonly code: number;
  readonly message: string;
}

const same = (bytes: Buffer) => bytes;

function call({ client }: Driver, { path }: Pick<AnyMethod, 'path'>, bytes: Buffer): Promise<Answer> {
  return new Promise((resolve) => {
    const answered = (error: ServiceError | null) =>
      resolve(error === null ? { code: status.OK, message: '' } : { code: error.code, message: error.details });
    client.makeUnaryRequest(
      path,
      same,
      same,
      bytes,
      new Metadata(),
      { deadline: performance.timeOrigin + performance.now() + ANSWER_MS },
      answered,
    );
  });
}

/** Not one that comes of waiting, or of a bug. */
function requireAnswer({ code, message }: Answer, allowed: readonly status[]): string {
  assert.ok(allowed.includes(code), `${status[code]}: ${message}`);
  return status[code] ?? '';
}

async function requireServing(driver: Driver): Promise<void> {
  assert.deepEqual(await call(driver, identityService.Probe as AnyMethod, Buffer.alloc(0)), { code: status.OK, message: '' });
}

/** What a call says; paths are of kubelet's folder of this bench alone, whatever is made of the bytes. */
function messageOf(bench: DriverBench, pairs: readonly (readonly [string, string])[], volumeId: string, name: string): Buffer {
  const kubelet = Object.entries(bench.kubelet.publishRequest(bench.volume('web')).volumeContext);
  const target = join(dirname(bench.dataRoot), 'kubelet', name);
  return Buffer.concat([
    text(1, volumeId),
    text(4, target),
    message(5, message(2, text(3, '')), message(3, number(1, 1))),
    number(6, 1),
    entry(7, 'store', SECRET),
    ...[...pairs, ...kubelet].map(([key, value]) => entry(8, key, value)),
  ]);
}

/**
 * Whether the bytes name no path but below kubelet's folder: an unpublish takes a directory away, and this is a real one. What cannot be
 * decoded names none.
 */
function staysInside(bench: DriverBench, { requestDeserialize }: AnyMethod, bytes: Buffer): boolean {
  const kubelet = join(dirname(bench.dataRoot), 'kubelet');
  let request: object;
  try {
    request = requestDeserialize(bytes);
  } catch {
    return true;
  }
  const { targetPath = '', volumePath = '' } = request as { readonly targetPath?: string; readonly volumePath?: string };
  return [targetPath, volumePath].every((path) => !path.startsWith('/') || path.startsWith(`${kubelet}/`));
}

const volumeIds = fc.constantFrom('csi-a', 'csi-b', 'x'.repeat(128), '..', 'a/b', '', 'A');

/** Every method, with bytes that are a message, nearly one, or none. */
function bytesProperty(driver: Driver): Property {
  const { bench } = driver;
  const sound = fc
    .tuple(attributePairs, volumeIds, fc.constantFrom('a/mount', 'b/mount'))
    .map(([pairs, volumeId, name]) => messageOf(bench, pairs.slice(0, 2), volumeId, name));
  const bytes = fc.oneof(
    { weight: 6, arbitrary: mutatedBytes(sound) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom('0b', '0a', '2a02', '12'), fc.integer({ min: 1, max: 3_000 }))
        .map(([hex, count]) => Buffer.from(hex.repeat(count), 'hex')),
    },
  );
  const method = fc.constantFrom(...METHODS.keys());
  const allowed = [
    status.OK,
    status.INVALID_ARGUMENT,
    status.UNIMPLEMENTED,
    status.NOT_FOUND,
    status.FAILED_PRECONDITION,
    status.ALREADY_EXISTS,
    status.INTERNAL,
  ];
  return property(
    'every method answers whatever bytes it is sent, and the driver goes on serving',
    { inputs: fc.tuple(method, bytes), weight: 0.5, reaches: ['OK', 'INVALID_ARGUMENT', 'UNIMPLEMENTED', 'INTERNAL'] },
    async ([name, bytes]) => {
      const method = METHODS.get(name)!;
      if (!staysInside(bench, method, bytes)) return 'elsewhere';
      const answer = await call(driver, method, bytes);
      assert.doesNotMatch(answer.message, /Internal error of the driver/);
      await requireServing(driver);
      await unpublish(driver, bytes);
      return requireAnswer(answer, allowed);
    },
  );
}

/** Whatever a call published is gone before the next. */
async function unpublish(driver: Driver, bytes: Buffer): Promise<void> {
  let request;
  try {
    request = nodeService.NodePublishVolume.requestDeserialize(bytes);
  } catch {
    return;
  }
  const { volumeId, targetPath } = request;
  if (
    volumeId === '' ||
    !targetPath.startsWith('/') ||
    !staysInside(driver.bench, nodeService.NodePublishVolume as unknown as AnyMethod, bytes)
  )
    return;
  const answer = await call(driver, nodeService.NodeUnpublishVolume, Buffer.concat([text(1, volumeId), text(2, targetPath)]));
  requireAnswer(answer, [status.OK, status.INVALID_ARGUMENT, status.INTERNAL]);
}

/** Whole publishes with hostile attributes: real volumes come of those that are sound. */
function publishProperty(driver: Driver): Property {
  const { bench } = driver;
  const parent = join(dirname(bench.dataRoot), 'kubelet', 'a');
  const inputs = fc.tuple(attributePairs, near(fc.constant('csi-a'), 30), hostileText);
  return property(
    'a publish ends in a volume or in an answer that blames the request, and an unpublish leaves nothing',
    { inputs, weight: 0.2, reaches: ['OK', 'INVALID_ARGUMENT'] },
    async ([pairs, volumeId, label]) => {
      const slow = pairs.some(([name, value]) => name.endsWith('key-algorithm') && value === 'RSA');
      const own = Object.entries(bench.volume('web', { 'example.com/label': label }).attributes);
      // As kubelet does: an unpublish of another input may have named this very folder, and took it away.
      mkdirSync(parent, { recursive: true });
      const bytes = messageOf(
        bench,
        [...own, ...(slow ? [] : pairs).filter(([name]) => name !== 'podcert.io/wait-for')],
        volumeId.toWellFormed(),
        'a/mount',
      );
      const answer = await call(driver, nodeService.NodePublishVolume, bytes);
      await unpublish(driver, bytes);
      assert.deepEqual(await bench.onDisk(), []);
      assert.ok(!answer.message.includes(SECRET), 'a secret is told');
      // One that lives for no second, or for less than the pod's strict check allows.
      if (answer.message.startsWith('Cannot accept certificate')) return 'certificate refused';
      return requireAnswer(answer, [status.OK, status.INVALID_ARGUMENT]);
    },
  );
}

/** HTTP/2's connection preface and an empty SETTINGS frame (RFC 9113 sections 3.4 and 6.5). */
const PREFACE = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), Buffer.from('000000040000000000', 'hex')]);

/** Frames with a type, flags and stream of any kind. */
const frames = fc
  .array(fc.tuple(fc.uint8Array({ maxLength: 30 }), fc.nat(12), fc.nat(255), fc.nat(5)), { maxLength: 5 })
  .map((all) =>
    Buffer.concat(
      all.map(([payload, type, flags, stream]) =>
        Buffer.concat([Buffer.from([0, 0, payload.length, type, flags, 0, 0, 0, stream]), payload]),
      ),
    ),
  );

function rawProperty(driver: Driver): Property {
  const inputs = fc.oneof(
    frames.map((bytes) => Buffer.concat([PREFACE, bytes])),
    mutatedBytes(frames.map((bytes) => Buffer.concat([PREFACE, bytes]))),
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  );
  return property('a connection that speaks no gRPC harms no other', { inputs, weight: 0.1, reaches: ['served on'] }, async (bytes) => {
    await new Promise<void>((resolve) => {
      const socket = connect(driver.socketPath, () => socket.end(bytes));
      socket.on('error', () => undefined).on('close', () => resolve());
      socket.resume();
    });
    await requireServing(driver);
    return 'served on';
  });
}

/** Last: looks at what all the others left. */
function remainsProperty({ bench }: Driver): Property {
  return property('nothing is left of all these calls', { inputs: fc.constant(undefined), weight: 0, reaches: [] }, async () => {
    assert.deepEqual(await bench.remains(), []);
    return 'nothing left';
  });
}
