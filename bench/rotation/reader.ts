import { createPrivateKey, X509Certificate } from 'node:crypto';
import { lstat, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** Where a volume is to be read. */
export interface Place {
  readonly volumeId: string;
  /** What the pod has mounted. */
  readonly target: string;
}

/** A set of files that was found in a volume. */
export interface Seen {
  readonly volumeId: string;
  readonly serial: string;
  /** When it took the place of the one before, by the kernel's clock, which moves on every few milliseconds. */
  readonly visibleAt: Date;
}

interface Known {
  readonly set: string;
  readonly serial: string;
  readonly notAfterAt: Date;
}

/** How long between two looks at all volumes: a fraction of the time that a set is there. */
const PAUSE_MS = 1_000;

/** Reads all volumes again and again, as their pods would: the set first that is current, then its files. */
export class Reader {
  /** Every set that was found, in the order in which they were. */
  readonly seen: Seen[] = [];
  /** The serials of certificates that were current though they had expired, or were not those of their keys. */
  readonly expired = new Set<string>();
  readonly mismatched = new Set<string>();
  /** At how many volumes it has looked, one counted as often as it was. */
  looks = 0;
  readonly #known = new Map<string, Known>();

  /** Returns after the round in which the signal was aborted. */
  async read(places: readonly Place[], signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      for (const place of places) await this.look(place);
      await pause(PAUSE_MS);
    }
  }

  async look({ volumeId, target }: Place): Promise<void> {
    const now = new Date();
    const { set, visibleAt } = await currentSet(target);
    let known = this.#known.get(volumeId);
    if (known?.set !== set) {
      known = { set, ...(await this.#judge(join(target, set))) };
      this.#known.set(volumeId, known);
      this.seen.push({ volumeId, serial: known.serial, visibleAt });
    }
    if (known.notAfterAt <= now) this.expired.add(known.serial);
    this.looks += 1;
  }

  async #judge(folder: string): Promise<Omit<Known, 'set'>> {
    const [chain, key] = await Promise.all(['tls.crt', 'tls.key'].map((name) => readFile(join(folder, name))));
    const leaf = new X509Certificate(chain ?? '');
    if (!leaf.checkPrivateKey(createPrivateKey(key ?? ''))) this.mismatched.add(leaf.serialNumber);
    return { serial: leaf.serialNumber, notAfterAt: leaf.validToDate };
  }
}

async function currentSet(target: string): Promise<{ readonly set: string; readonly visibleAt: Date }> {
  const link = join(target, '..data');
  for (;;) {
    const set = await readlink(link);
    // rename(2) sets the time of change of what it moves.
    const { ctime } = await lstat(link);
    // Replaced between the two, and the time is that of the next.
    if ((await readlink(link)) === set) return { set, visibleAt: ctime };
  }
}
