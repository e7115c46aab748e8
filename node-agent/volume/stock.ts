import { AgentError, invalidRequest } from '../errors.ts';
import { toFailure } from '../failure.ts';
import type { Journal, MountEntry } from '../ports.ts';
import { parseSpec } from '../spec/parse-spec.ts';
import type { Surroundings } from '../spec/surroundings.ts';
import { parseVolumeId } from '../volume-id.ts';
import type { VolumeId } from '../volume-id.ts';
import { adoptable, findHome, readAdopted } from './adoption.ts';
import type { Home, VolumeHome } from './home.ts';
import { listing } from './look-at.ts';
import type { Metadata } from './metadata.ts';
import type { Beginning, Purpose } from './purpose.ts';
import type { StoredRequest } from './record.ts';
import { sweepVolume } from './removal.ts';
import { expected, inspectVolume } from './resume.ts';
import type { Remains } from './resume.ts';
import { surroundingsOfMounted } from './surroundings.ts';
import type { VolumeTools } from './volume-tools.ts';

/** What a start found on this node, once what was never delivered is swept away. */
export interface Stock {
  readonly volumes: ReadonlyMap<VolumeId, Found>;
  readonly swept: number;
  readonly setAside: number;
}

/** A volume that was found, and where. */
export interface Found {
  readonly home: VolumeHome;
  readonly beginning: Beginning;
}

/** Looks at every volume there is a trace of. One that makes trouble is journalled and never stops the others. */
export async function takeStock({ disk, journal, ...tools }: VolumeTools, home: Home, table: readonly MountEntry[]): Promise<Stock> {
  const volumes = new Map<VolumeId, Found>();
  let [swept, setAside] = [0, 0];
  const adopted = new Set(adoptable(home, table));
  for (const name of new Set([...listing(home.state), ...listing(home.volumes), ...adopted])) {
    try {
      const volumeId = parseVolumeId(name);
      if (volumeId === undefined)
        throw new AgentError('state-corrupt', `Cannot tell what ${JSON.stringify(name)} in the data root is: it is no volume id`);
      const volumeHome = await findHome(home, volumeId, adopted.has(name));
      const remains = await inspectVolume(volumeHome, table);
      if (remains.kind === 'unbound') {
        if (volumeHome.isAdopted) throw unbound(volumeHome);
        await sweepVolume(disk, volumeHome, remains.targetPath);
        journal.note({ kind: 'volume-swept', volumeId });
        swept += 1;
        continue;
      }
      const beginning = await toBeginning(volumeHome, remains, journal, surroundingsOfMounted(tools));
      volumes.set(volumeId, { home: volumeHome, beginning });
      if (beginning.kind === 'broken') setAside += 1;
    } catch (error) {
      journal.note({ kind: 'volume-set-aside', volumeId: name, failure: toFailure(error) });
      setAside += 1;
    }
  }
  return { volumes, swept, setAside };
}

/** A sweep only unmounts, and on a shared tmpfs there is nothing to unmount. */
function unbound({ volumeId, peers }: VolumeHome): AgentError {
  const why = `it is bound nowhere; ${JSON.stringify(peers)} stays until kubelet unpublishes it`;
  return new AgentError('state-corrupt', `Cannot adopt volume "${volumeId}": ${why}`);
}

async function toBeginning(
  home: VolumeHome,
  remains: Exclude<Remains, { kind: 'unbound' }>,
  journal: Journal,
  surroundings: Surroundings,
): Promise<Beginning> {
  const purpose = remains.kind === 'broken' ? remains.failure : parseStored(remains.request, surroundings);
  if (purpose instanceof AgentError) {
    const failure = toFailure(purpose);
    journal.note({ kind: 'volume-set-aside', volumeId: home.volumeId, failure });
    const targetPath = remains.kind === 'broken' ? remains.targetPath : remains.request.targetPath;
    return { kind: 'broken', purpose: { targetPath }, failure };
  }
  if (remains.kind === 'adopted') return adopt(home, purpose, remains);
  if (remains.kind !== 'whole') return { kind: 'mounted', purpose, current: undefined };
  const { number, renewals, lateMs, receivedAt } = remains.generation;
  return { kind: 'mounted', purpose, current: { number, renewals, lateMs, receivedAt, facts: remains.facts } };
}

/** A volume of cert-manager's csi-driver: due when its certificate says, or where that cannot be read, when that driver said. */
async function adopt(home: VolumeHome, purpose: Purpose, { nextIssuanceAt }: Metadata): Promise<Beginning> {
  const current = await readAdopted(home, purpose.spec.files).catch(expected);
  if (!(current instanceof AgentError)) return { kind: 'mounted', purpose, current };
  return { kind: 'mounted', purpose, current: undefined, ...(nextIssuanceAt && { plannedAt: nextIssuanceAt }) };
}

/** What a stored request means to this version of the driver. */
function parseStored(request: StoredRequest, surroundings: Surroundings): Purpose | AgentError {
  const parsed = parseSpec(request, surroundings);
  if (parsed.kind === 'refused') return invalidRequest(`Cannot renew volume ${JSON.stringify(request.volumeId)}`, parsed.problems);
  return { volumeId: parsed.volumeId, spec: parsed.spec, targetPath: request.targetPath, request };
}
