import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parseVolumeId } from '../../node-agent/volume-id.ts';
import { createHome } from '../../node-agent/volume/home.ts';
import { readMetadata } from '../../node-agent/volume/metadata.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('what cert-manager’s csi-driver stored of a volume', () => {
  const home = createHome(temporaryFolder('metadata')).adopted(parseVolumeId('csi-1')!);
  mkdirSync(home.peers, { recursive: true });

  it('is read without the instant of its renewal where something else stands there', async () => {
    for (const nextIssuanceTime of ['soon', 5, null, {}, { toString: null, valueOf: null }]) {
      writeFileSync(home.metadata, JSON.stringify({ volumeID: 'csi-1', targetPath: '/t', nextIssuanceTime }));
      const { nextIssuanceAt, request } = await readMetadata(home);
      assert.deepEqual([nextIssuanceAt, request.targetPath], [undefined, '/t']);
    }
  });

  it('is not shown where it is damaged, since it holds a password (invariant 8)', async () => {
    const context = { 'csi.cert-manager.io/pkcs12-password': 'changeit' };
    for (const volumeID of [context, 'csi-1changeit', ['changeit'], undefined]) {
      writeFileSync(home.metadata, JSON.stringify({ volumeID, targetPath: '/t', volumeContext: context }));
      await assert.rejects(readMetadata(home), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'state-corrupt');
        assert.match(error.message, /it is of another volume/);
        assert.doesNotMatch(error.message, /changeit/);
        return true;
      });
    }
  });
});
