import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import * as fc from 'fast-check';
import { AgentError } from '../../node-agent/errors.ts';
import { parseVolumeId } from '../../node-agent/volume-id.ts';
import { encodeGeneration, readGeneration } from '../../node-agent/volume/generation.ts';
import { ADOPTED_SET, createHome, parsePartsName, parseSetName, setName, type VolumeHome } from '../../node-agent/volume/home.ts';
import { readMetadata, writeNextIssuance } from '../../node-agent/volume/metadata.ts';
import { compareRequests, completeRequest, readRecord, toStored } from '../../node-agent/volume/record.ts';
import { readSecrets } from '../../node-agent/volume/stored-secrets.ts';
import { splitAttributes } from '../../node-agent/spec/raw-attributes.ts';
import { parseSpec } from '../../node-agent/spec/parse-spec.ts';
import { SURROUNDINGS, publishRequest } from '../spec/publish-request.ts';
import { SECRET, near } from './hostile.ts';
import { damagedJson } from './json-damage.ts';
import { type Context, type Property, type Subject, property } from './property.ts';
import { requests } from './request-inputs.ts';
import { writeRecord } from '../../node-agent/volume/record.ts';
import { plainDisk, tmpfsFolder } from './plain-disk.ts';

const WITH_KEYSTORE = publishRequest({ 'pkcs12-enable': 'true', 'pkcs12-password': SECRET }, { secrets: { store: SECRET } });

const RECEIVED_AT = new Date('2026-11-25T12:00:00Z');
const GENERATION = {
  number: 1,
  renewals: 3,
  lateMs: 5_000,
  receivedAt: RECEIVED_AT,
  contents: { keyPem: `${SECRET}\n`, chainPem: 'chain', issuerCaPem: '' },
};

/** As cert-manager's csi-driver writes it, with what it leaves of tokens. */
const METADATA = {
  volumeID: WITH_KEYSTORE.volumeId,
  targetPath: WITH_KEYSTORE.targetPath,
  nextIssuanceTime: '2026-12-01T00:00:00.000000000Z',
  volumeContext: { ...WITH_KEYSTORE.attributes, 'csi.storage.k8s.io/serviceAccount.tokens': SECRET },
  volumeMountGroup: '2000',
};

const names = near(fc.constantFrom('..1', '..999999999999999', '7.json', '..2026_01_02_03_04_05.678901', '..data', 'record.json'), 2);

/** The files of a volume's state, as a damaged disk gives them back. */
export const records: Subject = {
  name: 'records',
  properties(context) {
    const home = openHome(context);
    const { secrets: _, ...others } = toStored(WITH_KEYSTORE);
    const open = { ...others, attributes: splitAttributes(others.attributes).open };
    return [
      damaged('record.json', { formatVersion: 1, ...open }, 1.5, async (text) => {
        writeFileSync(home.record, text);
        const record = await readRecord(home);
        assert.equal(record.volumeId, home.volumeId);
        // What is read is judged anew, and compared, whatever it says.
        const request = { ...record, secrets: {} };
        parseSpec(request, SURROUNDINGS);
        compareRequests(request, WITH_KEYSTORE);
      }),
      damaged(
        'secrets.json',
        { formatVersion: 1, attributes: { 'csi.cert-manager.io/pkcs12-password': SECRET }, secrets: { store: SECRET } },
        1,
        async (text) => {
          writeFileSync(home.secrets, text);
          await readSecrets(home);
          await completeRequest(home, open);
        },
      ),
      damaged('parts/1.json', JSON.parse(encodeGeneration(GENERATION)), 1, async (text) => {
        writeFileSync(home.parts(1), text);
        const { renewals, lateMs, receivedAt } = await readGeneration(home, 1);
        assert.ok(Number.isSafeInteger(renewals) && renewals >= 0 && lateMs >= 0 && Number.isFinite(receivedAt.getTime()));
      }),
      damaged('metadata.json of csi-driver', METADATA, 1.5, async (text) => {
        writeFileSync(home.metadata, text);
        const { request, nextIssuanceAt } = await readMetadata(home);
        assert.ok(nextIssuanceAt === undefined || Number.isFinite(nextIssuanceAt.getTime()));
        assert.ok(!('csi.storage.k8s.io/serviceAccount.tokens' in request.attributes));
        parseSpec({ ...request, secrets: {} }, SURROUNDINGS);
        await writeNextIssuance(plainDisk, home, RECEIVED_AT);
        const again = await readMetadata(home);
        assert.deepEqual(again, { request, nextIssuanceAt: RECEIVED_AT });
      }),
      roundTrip(home),
      property(
        'only a name as the driver gives it is that of a set or of its parts',
        { inputs: names, weight: 0.5, reaches: ['set', 'parts', 'none'] },
        (name) => {
          const [set, parts] = [parseSetName(name), parsePartsName(name)];
          if (set !== undefined && set !== ADOPTED_SET) assert.equal(setName(set), name);
          if (parts !== undefined) assert.equal(basename(home.parts(parts)), name);
          return set !== undefined ? 'set' : parts !== undefined ? 'parts' : 'none';
        },
      ),
    ];
  },
};

function openHome(context: Context): VolumeHome {
  const folder = tmpfsFolder(context);
  const home = createHome(folder).volume(parseVolumeId(WITH_KEYSTORE.volumeId)!);
  for (const directory of [home.state, home.partsDirectory, home.peers]) mkdirSync(directory, { recursive: true });
  return home;
}

/** The text is read, or the volume is set aside by an error that shows no secret; never anything else. */
function damaged(file: string, value: unknown, weight: number, read: (text: string) => Promise<void>): Property {
  return property(
    `a damaged ${file} is read, or called corrupt in words that show nothing of it that is secret`,
    {
      inputs: fc.oneof({ weight: 20, arbitrary: damagedJson(fc.constant(value)) }, fc.constant(JSON.stringify(value))),
      weight,
      reaches: ['read', 'corrupt'],
    },
    async (text) => {
      try {
        await read(text);
        return 'read';
      } catch (error) {
        if (!(error instanceof AgentError)) throw error;
        assert.equal(error.code, 'state-corrupt');
        assert.ok(!error.message.includes(SECRET), 'a secret is told');
        assert.ok(error.message.length < 2_000, `a message of ${error.message.length} characters`);
        return 'corrupt';
      }
    },
  );
}

function roundTrip(home: VolumeHome): Property {
  return property(
    'what is stored of a request comes back as it was, its record without a secret',
    { inputs: requests, weight: 0.5, reaches: ['same'] },
    async (request) => {
      // A request is stored once its id was parsed and its texts are Unicode.
      const stored = toStored({ ...request, volumeId: home.volumeId });
      if (![...Object.entries(stored.attributes), ...Object.entries(stored.secrets)].flat().every((text) => text.isWellFormed()))
        return 'not Unicode';
      await writeRecord(plainDisk, home, stored);
      const record = await readRecord(home);
      assert.ok(!JSON.stringify(record).includes(SECRET), 'a secret is in the record');
      const again = await completeRequest(home, record);
      const hasKeystore = Boolean(stored.attributes['csi.cert-manager.io/pkcs12-enable']);
      const { 'csi.cert-manager.io/pkcs12-password': _, ...open } = stored.attributes;
      assert.deepEqual(again, hasKeystore ? stored : { ...stored, attributes: open, secrets: {} });
      if (hasKeystore) assert.equal(compareRequests(again, { ...request, volumeId: home.volumeId }), 'same');
      return 'same';
    },
  );
}
