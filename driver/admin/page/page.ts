import { setImmediate as turn } from 'node:timers/promises';
import { levelOf, type Level } from '../level.ts';
import type { VolumeStatus } from '../../../node-agent/ports.ts';
import type { AdminSources } from '../sources.ts';
import type { Reply } from '../../http/routes.ts';
import { eventsTable, type EventRow } from './events-table.ts';
import { Html, html } from './html.ts';
import { STYLE, STYLE_HASH } from './style.ts';
import { volumesTable, type VolumeRow } from './volumes-table.ts';
import { instantInWords, lengthInWords, SIGNS } from './words.ts';

/** What one page shows of a node that may have a thousand volumes. */
const VOLUMES_A_PAGE = 100;
const EVENTS = 40;

/** Nothing is loaded but the style that stands in the page; links and reload are all that one can do. */
const POLICY = `default-src 'none'; style-src ${STYLE_HASH}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** The status page: what is in trouble first, then what ends soonest. @param wanted the number of the page, from 1 on, as asked for. */
export async function statusPage(sources: AdminSources, wanted: string | null, signal: AbortSignal): Promise<Reply> {
  const { agent, history, now } = sources;
  const all = [...agent.volumes()].toSorted(byUrgency);
  const pages = Math.max(1, Math.ceil(all.length / VOLUMES_A_PAGE));
  const page = Math.min(pages, /^[1-9]\d{0,5}$/.test(wanted ?? '') ? Number(wanted) : 1);
  const shown = all.slice((page - 1) * VOLUMES_A_PAGE, page * VOLUMES_A_PAGE);
  const rows: VolumeRow[] = [];
  for (const status of shown) {
    signal.throwIfAborted();
    rows.push({ status, names: agent.view(status.volumeId)?.names() ?? [] });
    // Reading a certificate takes a tenth of a millisecond, and calls of kubelet's are answered in between.
    await turn();
  }
  const events = history.latest(EVENTS).map((entry) => ({ ...entry, whose: whoseIs(agent.volume(entry.volumeId), entry.volumeId) }));
  const body = write(sources, { all, rows, page, pages, events, at: now() });
  return { status: 200, contentType: 'text/html; charset=utf-8', body, headers: { 'content-security-policy': POLICY } };
}

interface Shown {
  readonly all: readonly VolumeStatus[];
  readonly rows: readonly VolumeRow[];
  readonly page: number;
  readonly pages: number;
  readonly events: readonly EventRow[];
  readonly at: Date;
}

function write({ driver }: AdminSources, shown: Shown): string {
  const { at, events } = shown;
  const upSince = lengthInWords(at.getTime() - new Date(driver.startedAt).getTime());
  const { text } = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Podcert on ${driver.nodeId}</title>
        ${STYLE_ELEMENT}
      </head>
      <body>
        <main>
          <h1>Podcert on ${driver.nodeId}</h1>
          <p class="quiet">
            ${driver.driverName}, version ${driver.version}, up for ${upSince}; this page is of ${instantInWords(at)}.
            <a href="/v1/checks">Checks of this node</a> and <a href="/v1/volumes">all volumes</a> as JSON.
          </p>
          ${summary(shown.all)}
          <h2>Volumes</h2>
          ${volumes(shown)}
          <h2>Recent events</h2>
          ${eventsTable(events, at)}
        </main>
      </body>
    </html> `;
  return text;
}

/** Whole, since the hash is that of every blank between its tags. */
const STYLE_ELEMENT = new Html(`<style>${STYLE}</style>`);

function summary(all: readonly VolumeStatus[]): Html {
  const bad = all.filter((status) => levelOf(status) !== 'good').length;
  if (all.length === 0) return html`<p>No pod of this node has a volume.</p>`;
  const count = all.length === 1 ? '1 volume' : `${all.length} volumes`;
  return bad === 0
    ? html`<p>${count}. <span class="state good">${SIGNS.good} None is in trouble</span></p>`
    : html`<p>${count}. <span class="state bad">${SIGNS.warning} ${bad} in trouble</span></p>`;
}

function volumes({ all, rows, page, pages, at }: Shown): Html {
  if (all.length === 0) return html`<p>They appear here as soon as a pod with one is started on this node.</p>`;
  const first = (page - 1) * VOLUMES_A_PAGE + 1;
  const which = pages === 1 ? '' : `${first} to ${first + rows.length - 1} of ${all.length}. `;
  const caption = `${which}Trouble first, then what ends soonest. A bar is how long a certificate is still good, its notch when it is renewed.`;
  return html`${volumesTable(rows, caption, at)}${pages === 1 ? undefined : steps(page, pages)}`;
}

function steps(page: number, pages: number): Html {
  const back = page > 1 ? html`<a rel="prev" href="/?page=${page - 1}">Previous page</a>` : undefined;
  const on = page < pages ? html`<a rel="next" href="/?page=${page + 1}">Next page</a>` : undefined;
  return html`<nav aria-label="Pages"><p>Page ${page} of ${pages}. ${back}${on}</p></nav>`;
}

const URGENCY = { bad: 0, warning: 1, good: 2 } as const satisfies Record<Level, number>;

function byUrgency(a: VolumeStatus, b: VolumeStatus): number {
  return URGENCY[levelOf(a)] - URGENCY[levelOf(b)] || endMs(a) - endMs(b) || (a.volumeId < b.volumeId ? -1 : 1);
}

function endMs({ notAfterAt }: VolumeStatus): number {
  return notAfterAt?.getTime() ?? 0;
}

function whoseIs(status: VolumeStatus | undefined, volumeId: string): string {
  const pod = status?.pod;
  return pod === undefined ? volumeId : `${pod.namespace}/${pod.name}`;
}
