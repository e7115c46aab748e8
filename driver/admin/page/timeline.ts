import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../node-agent/clock.ts';
import { html, type Html } from './html.ts';

/** In pixels. */
const WIDTH = 220;
const HEIGHT = 14;

/** What is good for longer is drawn as long as this. */
const LONGEST_MS = 90 * DAY_MS;

const TICKS = [
  { atMs: 10 * MINUTE_MS, label: '10 min' },
  { atMs: 6 * HOUR_MS, label: '6 h' },
  { atMs: 3 * DAY_MS, label: '3 d' },
  { atMs: 30 * DAY_MS, label: '30 d' },
] as const;

/** Where a time from now lies, finer near now: lives are of minutes and of months, and the next minutes are what matters. */
function xAt(aheadMs: number): number {
  const share = Math.log1p(Math.max(0, aheadMs) / MINUTE_MS) / Math.log1p(LONGEST_MS / MINUTE_MS);
  return Math.round(Math.min(1, share) * WIDTH);
}

/** The scale that {@link timeline} is drawn by, for the head of its column. */
export function scale(): Html {
  const labels = TICKS.map(({ atMs, label }) => html`<text x="${xAt(atMs)}" y="11" text-anchor="middle">${label}</text>`);
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" aria-hidden="true">
    <text x="0" y="11">now</text>
    ${labels}
  </svg>`;
}

/** How long a certificate is still good, as a bar, and when it is renewed, as a notch. Words beside it must say the same. */
export function timeline({ notAfterAt, renewAt }: { readonly notAfterAt: Date; readonly renewAt: Date | undefined }, now: Date): Html {
  const aheadOf = (at: Date) => xAt(at.getTime() - now.getTime());
  const ticks = TICKS.map(({ atMs }) => html`<path class="tick" d="M${xAt(atMs)} 0v${HEIGHT}" />`);
  const bar = html`<rect class="life" x="0" y="3" height="8" width="${aheadOf(notAfterAt)}" />`;
  const notch = renewAt && html`<path class="notch" d="M${Math.max(1, aheadOf(renewAt))} 0v${HEIGHT}" />`;
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" aria-hidden="true">
    <rect class="track" x="0" y="3" height="8" width="${WIDTH}" />
    ${ticks}${bar}${notch}
  </svg>`;
}
