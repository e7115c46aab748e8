import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { status } from '@grpc/grpc-js';
import * as fc from 'fast-check';
import { nodeService } from '../../proto/load.ts';
import { openDriverBench } from '../support/driver-bench.ts';
import type { DriverBench } from '../support/driver-bench.ts';
import { readPodFolder } from '../support/pod-folder.ts';

/** Every path below the bench's folder but what the driver serves at. */
function everything(bench: DriverBench): readonly string[] {
  return readdirSync(dirname(bench.dataRoot), { recursive: true, encoding: 'utf8' }).toSorted();
}

/** How a call ends: `OK`, or the name of its code. */
function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'OK',
    (error: { readonly code?: number }) => status[error.code ?? -1] ?? 'no gRPC error',
  );
}

describe('a hostile caller', () => {
  const hostileIds = ['../escape', '..', '.', '', '.hidden', 'a/b', '/etc', 'a\0b', 'a\nb', 'a b', 'ä', '%2e%2e', '-x', 'x'.repeat(129)];

  it('cannot make a path of a volume id (invariant 10)', async (context) => {
    const bench = await openDriverBench(context);
    const request = bench.kubelet.publishRequest(bench.volume('web'));
    mkdirSync(dirname(request.targetPath), { recursive: true });
    const before = everything(bench);
    for (const volumeId of hostileIds) {
      const code = await codeOf(bench.kubelet.call(nodeService.NodePublishVolume, { ...request, volumeId }));
      assert.equal(code, 'INVALID_ARGUMENT', JSON.stringify(volumeId));
    }
    assert.deepEqual(everything(bench), before);
  });

  it('cannot reach another volume by an id that only looks like its own (invariant 10)', async (context) => {
    const bench = await openDriverBench(context);
    const web = bench.volume('web');
    await bench.kubelet.publish(web);
    const { volumeId } = bench.kubelet.publishRequest(web);
    const before = everything(bench);
    const lookalikes = [`./${volumeId}`, `x/../${volumeId}`, `${volumeId}/`, `${volumeId}\0`, ` ${volumeId}`, volumeId.toUpperCase()];
    for (const lookalike of [...hostileIds, ...lookalikes]) {
      const elsewhere = join(dirname(bench.dataRoot), 'nowhere');
      const code = await codeOf(bench.kubelet.call(nodeService.NodeUnpublishVolume, { volumeId: lookalike, targetPath: elsewhere }));
      assert.equal(code, lookalike === '' ? 'INVALID_ARGUMENT' : 'OK', JSON.stringify(lookalike));
    }
    assert.deepEqual(everything(bench), before);
    assert.equal((await readPodFolder(bench.kubelet.targetPath(web))).isPair, true);
  });

  for (const targetPath of ['', '.', 'relative', '/', '/a/../b', '/a/./b', '/a//b', '/a/', '/a\0b', `/${'x/'.repeat(2_100)}x`]) {
    it(`is refused the target ${JSON.stringify(targetPath.slice(0, 20))}, to publish and to unpublish (invariant 10)`, async (context) => {
      const bench = await openDriverBench(context);
      const request = { ...bench.kubelet.publishRequest(bench.volume('web')), targetPath };
      const before = everything(bench);
      assert.equal(await codeOf(bench.kubelet.call(nodeService.NodePublishVolume, request)), 'INVALID_ARGUMENT');
      assert.equal(await codeOf(bench.kubelet.call(nodeService.NodeUnpublishVolume, request)), 'INVALID_ARGUMENT');
      assert.deepEqual(everything(bench), before);
    });
  }

  it('is told plainly of a target whose name no file system takes', async (context) => {
    const bench = await openDriverBench(context);
    const targetPath = join(dirname(bench.dataRoot), 'x'.repeat(300));
    const request = { ...bench.kubelet.publishRequest(bench.volume('web')), targetPath };
    for (const method of [nodeService.NodePublishVolume, nodeService.NodeUnpublishVolume]) {
      await assert.rejects(bench.kubelet.call(method as typeof nodeService.NodePublishVolume, request), {
        code: status.INTERNAL,
        details: /Cannot look at .*ENAMETOOLONG/,
      });
    }
    assert.deepEqual(await bench.remains(), []);
  });

  it('cannot make a file outside the volume, or over its links, by the name of a file (invariant 10)', async (context) => {
    const bench = await openDriverBench(context);
    const before = everything(bench);
    const names = ['../key', '/etc/key', '..data', '..1', '..data_next', '.', '..', 'a/b', 'a\0b', 'tls.crt', 'x'.repeat(256)];
    for (const [index, name] of names.entries()) {
      const code = await codeOf(bench.kubelet.publish(bench.volume('web', { 'privatekey-file': name })));
      assert.equal(code, 'INVALID_ARGUMENT', `${index}: ${JSON.stringify(name)}`);
    }
    assert.deepEqual(
      everything(bench).filter((path) => !path.startsWith('kubelet')),
      before.filter((path) => !path.startsWith('kubelet')),
    );
  });

  it('ends in OK or in an answer that blames the request, whatever it sends, and leaves nothing (invariants 7 and 10)', async (context) => {
    const bench = await openDriverBench(context);
    const web = bench.volume('web');
    const base = bench.kubelet.publishRequest(web);
    mkdirSync(dirname(base.targetPath), { recursive: true });
    const names = [
      'common-name',
      'dns-names',
      'uri-sans',
      'ip-sans',
      'duration',
      'key-usages',
      'literal-subject',
      'organizations',
      'fs-group',
    ];
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom('$POD_NAME', '${', '$$', '\0', '../../x', '\u202e'),
    );
    const attributes = fc.dictionary(fc.constantFrom(...names.map((name) => `csi.cert-manager.io/${name}`)), text, { maxKeys: 4 });
    const id = fc.oneof(
      { weight: 3, arbitrary: fc.constant('csi-a') },
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.constantFrom(...hostileIds),
    );
    const mountGroup = fc.oneof({ weight: 3, arbitrary: fc.constantFrom('', '0') }, text);
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(id, attributes, mountGroup, async (volumeId, more, group) => {
        const volumeContext = { ...base.volumeContext, ...more };
        const mount = { fsType: group, mountFlags: [], volumeMountGroup: group };
        const volumeCapability = { mount, accessMode: { mode: 'SINGLE_NODE_WRITER' as const } };
        const request = { ...base, volumeId, volumeContext, volumeCapability };
        const published = await codeOf(bench.kubelet.call(nodeService.NodePublishVolume, request));
        assert.ok(['OK', 'INVALID_ARGUMENT'].includes(published), published);
        if (published === 'OK') accepted += 1;
        const unpublished = await codeOf(bench.kubelet.call(nodeService.NodeUnpublishVolume, request));
        assert.equal(unpublished, volumeId === '' ? 'INVALID_ARGUMENT' : 'OK');
        assert.deepEqual(await bench.onDisk(), []);
      }),
      { numRuns: 100 },
    );
    assert.ok(accepted > 5, `only ${accepted} were accepted`);
    assert.deepEqual(await bench.remains(), []);
  });

  it('never has the driver follow a link at the target (invariant 10)', async (context) => {
    const bench = await openDriverBench(context);
    const web = bench.volume('web');
    const target = bench.kubelet.targetPath(web);
    const victim = join(dirname(bench.dataRoot), 'victim');
    mkdirSync(dirname(target), { recursive: true });
    mkdirSync(victim);
    symlinkSync(victim, target);
    assert.equal(await codeOf(bench.kubelet.publish(web)), 'INTERNAL');
    assert.equal(await codeOf(bench.kubelet.unpublish(web)), 'OK');
    assert.equal(lstatSync(target).isSymbolicLink(), true);
    assert.equal(statSync(victim).dev, statSync(dirname(victim)).dev);
    writeFileSync(join(victim, 'still-writable'), '');
  });
});
