import type { AgentEvent } from '../../node-agent/events.ts';
import { isAlike } from '../../node-agent/failure.ts';
import { wordsOf } from '../report/event-line.ts';
import type { HistoryEntry } from './answers.ts';

/** One thing that happened: its words are made of this when somebody asks. */
interface Happening {
  /** The last time. */
  atMs: number;
  readonly kind: AgentEvent['kind'];
  /** What the words leave open, such as a reason; empty where there is nothing. */
  detail: string;
  /** In a row. */
  times: number;
}

/** The last events of a volume that are kept. */
const MOST_EVENTS = 20;

/** Longer details are cut: an issuer says what it likes, and 1,000 volumes may have trouble at once. */
const LONGEST_DETAIL = 200;

/** What its history ends with: nothing of the volume is there any more. */
const LAST: ReadonlySet<string> = new Set<AgentEvent['kind']>(['unpublished', 'issuance-failed', 'issuance-abandoned', 'volume-swept']);

/** What passes by itself, and is in the volume's status as long as it holds. */
const PASSING: ReadonlySet<string> = new Set<AgentEvent['kind']>(['waiting', 'request-created']);

/** How many may be begun before it is looked whether their volumes are still there. */
const SPARE = 64;

/**
 * The last things that happened to each live volume, for operators: 20 short entries a volume, about 2 KB where it is full. It ends with its
 * volume, also with one that never came to be.
 */
export class History {
  readonly #now: () => Date;
  readonly #volumes = new Map<string, Happening[]>();
  #isVolume: (volumeId: string) => boolean = () => true;
  #room = SPARE;

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** Of how many volumes something is kept. */
  get size(): number {
    return this.#volumes.size;
  }

  note(event: AgentEvent): void {
    if (!('volumeId' in event) || PASSING.has(event.kind)) return;
    const { kind, volumeId } = event;
    if (LAST.has(kind)) {
      this.#volumes.delete(volumeId);
      return;
    }
    const happenings = this.#volumes.get(volumeId) ?? this.#begin(volumeId);
    const [atMs, detail, last] = [this.#now().getTime(), detailOf(event), happenings.at(-1)];
    // What fails, fails alike, and would push everything else out.
    if (last?.kind === kind && isTrouble(kind) && isAlike(last.detail, detail)) {
      Object.assign(last, { atMs, detail, times: last.times + 1 });
      return;
    }
    if (happenings.push({ atMs, kind, detail, times: 1 }) > MOST_EVENTS) happenings.shift();
  }

  /** Knows from now on which volumes there are: what a start could make nothing of, or leaves a last word when it is gone, is dropped in time. */
  follow(isVolume: (volumeId: string) => boolean): void {
    this.#isVolume = isVolume;
    this.#tidy();
  }

  #begin(volumeId: string): Happening[] {
    if (this.#volumes.size >= this.#room) this.#tidy();
    const happenings: Happening[] = [];
    this.#volumes.set(volumeId, happenings);
    return happenings;
  }

  #tidy(): void {
    for (const volumeId of this.#volumes.keys()) if (!this.#isVolume(volumeId)) this.#volumes.delete(volumeId);
    this.#room = 2 * this.#volumes.size + SPARE;
  }

  /** What happened to the volume, the oldest first. */
  of(volumeId: string): readonly HistoryEntry[] {
    return (this.#volumes.get(volumeId) ?? []).map(tell);
  }

  /** The last things that happened on the node, the newest first. */
  latest(most: number): readonly (HistoryEntry & { readonly volumeId: string })[] {
    const all = [...this.#volumes].flatMap(([volumeId, happenings]) => happenings.map((happening) => ({ volumeId, happening })));
    const newest = all.toSorted((a, b) => b.happening.atMs - a.happening.atMs).slice(0, most);
    return newest.map(({ volumeId, happening }) => ({ volumeId, ...tell(happening) }));
  }
}

function tell({ atMs, kind, detail, times }: Happening): HistoryEntry {
  const { message } = wordsOf(kind);
  const words = times === 1 ? message : `${message} (${times} times in a row)`;
  return { at: new Date(atMs).toISOString(), kind, message: detail === '' ? words : `${words}: ${detail}`, isTrouble: isTrouble(kind) };
}

function isTrouble(kind: AgentEvent['kind']): boolean {
  return wordsOf(kind).level === 'error' || kind === 'still-waiting';
}

function detailOf(event: AgentEvent): string {
  if ('failure' in event) return brief(event.failure.message);
  switch (event.kind) {
    case 'published':
    case 'renewed':
    case 'ca-missing':
      return `serial ${event.serial.toLowerCase()}`;
    case 'still-waiting':
      return brief(event.reason);
    case 'certificate-differs':
      return event.differences.join(', ');
    case 'attributes-unknown':
      return brief(event.attributes.join(', '));
    default:
      return '';
  }
}

/** A copy: what is cut off a string keeps all of it in memory. */
function brief(text: string): string {
  if (text.length <= LONGEST_DETAIL) return text;
  return Buffer.from(`${text.slice(0, LONGEST_DETAIL)}…`.toWellFormed()).toString();
}
