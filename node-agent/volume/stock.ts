import { AgentError, invalidRequest } from '../errors.ts';
import { toFailure } from '../failure.ts';
import type { Journal, MountEntry } from '../ports.ts';
import { parseSpec } from '../spec/parse-spec.ts';
import { parseVolumeId } from '../volume-id.ts';
import type { VolumeId } from '../volume-id.ts';
import { listing } from './files.ts';
import type { Home } from './home.ts';
import type { Beginning, Purpose } from './purpose.ts';
import type { StoredRequest } from './record.ts';
import { sweepVolume } from './removal.ts';
import { inspectVolume } from './resume.ts';
import type { Remains } from './resume.ts';
import type { VolumeTools } from './volume-tools.ts';

/** What a start found on this node, once what was never delivered is swept away. */
export interface Stock {
  readonly volumes: ReadonlyMap<VolumeId, Beginning>;
  readonly swept: number;
  readonly setAside: number;
}

/** Looks at every volume there is a trace of. One that makes trouble is journalled and never stops the others. */
export async function takeStock({ disk, journal }: VolumeTools, home: Home, table: readonly MountEntry[]): Promise<Stock> {
  const volumes = new Map<VolumeId, Beginning>();
  let [swept, setAside] = [0, 0];
  for (const name of new Set([...(await listing(home.state)), ...(await listing(home.volumes))])) {
    try {
      const volumeId = parseVolumeId(name);
      if (volumeId === undefined)
        throw new AgentError('state-corrupt', `Cannot tell what ${JSON.stringify(name)} in the data root is: it is no volume id`);
      const volumeHome = home.volume(volumeId);
      const remains = await inspectVolume(volumeHome, table);
      if (remains.kind === 'unbound') {
        await sweepVolume(disk, volumeHome, remains.targetPath);
        journal.note({ kind: 'volume-swept', volumeId });
        swept += 1;
        continue;
      }
      const beginning = toBeginning(volumeId, remains, journal);
      volumes.set(volumeId, beginning);
      if (beginning.kind === 'broken') setAside += 1;
    } catch (error) {
      journal.note({ kind: 'volume-set-aside', volumeId: name, failure: toFailure(error) });
      setAside += 1;
    }
  }
  return { volumes, swept, setAside };
}

function toBeginning(volumeId: VolumeId, remains: Exclude<Remains, { kind: 'unbound' }>, journal: Journal): Beginning {
  const purpose = remains.kind === 'broken' ? remains.failure : understand(remains.request);
  if (purpose instanceof AgentError) {
    const failure = toFailure(purpose);
    journal.note({ kind: 'volume-set-aside', volumeId, failure });
    const targetPath = remains.kind === 'broken' ? remains.targetPath : remains.request.targetPath;
    return { kind: 'broken', purpose: { targetPath }, failure };
  }
  if (remains.kind !== 'whole') return { kind: 'mounted', purpose, current: undefined };
  const { number, renewals, receivedAt } = remains.generation;
  return { kind: 'mounted', purpose, current: { number, renewals, receivedAt, facts: remains.facts } };
}

/** What a stored request means to this version of the driver. */
function understand(request: StoredRequest): Purpose | AgentError {
  const parsed = parseSpec({ ...request, secrets: {} });
  if (parsed.kind === 'refused') return invalidRequest(`Cannot renew volume ${JSON.stringify(request.volumeId)}`, parsed.problems);
  return { volumeId: parsed.volumeId, spec: parsed.spec, targetPath: request.targetPath, request };
}
