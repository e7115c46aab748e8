import type { HistoryEntry } from '../answers.ts';
import { html, type Html } from './html.ts';
import { instantInWords, SIGNS, whenInWords } from './words.ts';

/** Something that happened, and to whose volume. */
export interface EventRow extends HistoryEntry {
  /** `<namespace>/<pod>`, or what is known of it. */
  readonly whose: string;
}

/** A table of what happened, in the order given. */
export function eventsTable(rows: readonly EventRow[], now: Date): Html {
  if (rows.length === 0) return html`<p>Nothing has happened since the driver was started.</p>`;
  const heads = ['When', 'Pod', 'What'].map((title) => html`<th role="columnheader" scope="col">${title}</th>`);
  return html`<table role="table" class="events">
    <caption>
      The last ${rows.length} of those kept since the driver was started, the newest first; each volume has its last 20.
    </caption>
    <thead role="rowgroup">
      <tr role="row">
        ${heads}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${rows.map((row) => eventRow(row, now))}
    </tbody>
  </table>`;
}

function eventRow({ at, whose, message, isTrouble }: EventRow, now: Date): Html {
  const when = new Date(at);
  const trouble = isTrouble ? html`<span class="state bad">${SIGNS.bad} trouble</span> ` : undefined;
  return html`<tr role="row">
    <td role="cell" data-is="When"><time datetime="${at}" title="${instantInWords(when)}">${whenInWords(when, now)}</time></td>
    <th role="rowheader" scope="row">${whose}</th>
    <td role="cell">${trouble}${message}</td>
  </tr> `;
}
