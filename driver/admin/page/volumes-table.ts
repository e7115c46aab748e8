import type { VolumeStatus } from '../../../node-agent/ports.ts';
import { volumeName } from '../../report/volume-families.ts';
import { levelOf } from '../level.ts';
import { html, type Html } from './html.ts';
import { scale, timeline } from './timeline.ts';
import { instantInWords, SIGNS, whenInWords } from './words.ts';

/** A volume as a row has it. */
export interface VolumeRow {
  readonly status: VolumeStatus;
  readonly names: readonly string[];
}

/** Names beyond this are counted. */
const MOST_NAMES = 3;

/** A table of volumes in the order given. @param caption what part of all these are. */
export function volumesTable(rows: readonly VolumeRow[], caption: string, now: Date): Html {
  const heads = ['Pod', 'Volume', 'State', 'Names', 'Issuer'].map((title) => html`<th role="columnheader" scope="col">${title}</th>`);
  return html`<table role="table" class="volumes">
    <caption>
      ${caption}
    </caption>
    <thead role="rowgroup">
      <tr role="row">
        ${heads}
        <th role="columnheader" scope="col">Certificate ends ${scale()}</th>
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${rows.map((row) => volumeRow(row, now))}
    </tbody>
  </table>`;
}

function volumeRow({ status, names }: VolumeRow, now: Date): Html {
  const style = levelOf(status);
  const { volumeId, pod, issuer, targetPath } = status;
  const link = html`<a href="/v1/volumes/${encodeURIComponent(volumeId)}">${volumeName(targetPath)}</a>`;
  return html`<tr role="row" class="${style}-row">
    <th role="rowheader" scope="row">${pod === undefined ? 'unknown' : `${pod.namespace}/${pod.name}`}</th>
    <td role="cell" data-is="Volume">${link}</td>
    <td role="cell" data-is="State"><span class="state ${style}">${SIGNS[style]} ${stateInWords(status)}</span>${details(status)}</td>
    <td role="cell" data-is="Names">${namesInWords(names)}</td>
    <td role="cell" data-is="Issuer">${issuer && `${issuer.name} (${issuer.kind})`}</td>
    <td role="cell" class="${style}">${end(status, now)}</td>
  </tr> `;
}

function stateInWords(status: VolumeStatus): string {
  const { health, state, failing } = status;
  if (health.kind === 'inaccessible') return 'expired';
  if (state === 'broken') return 'set aside';
  if (failing !== undefined) return status.notAfterAt === undefined ? 'no certificate' : 'renewal failing';
  if (health.kind === 'degraded') return status.notAfterAt === undefined ? 'waiting' : 'renewal late';
  return state === 'mounted' ? 'good' : state;
}

/** What there is to say of a volume that is not simply good. */
function details({ health, failing, waiting }: VolumeStatus): Html | undefined {
  const said = health.kind === 'healthy' ? (failing?.failure.message ?? waiting?.reason) : health.message;
  return said === undefined ? undefined : html`<p class="quiet">${said}</p>`;
}

function namesInWords(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).join(', ');
  return names.length > MOST_NAMES ? `${shown} and ${names.length - MOST_NAMES} more` : shown;
}

function end({ notAfterAt, renewAt }: VolumeStatus, now: Date): Html {
  if (notAfterAt === undefined) return html`<span class="quiet">There is no certificate yet</span>`;
  const renewal = renewAt === undefined ? '' : `; ${renewAt < now ? 'renewal was due' : 'renewed'} ${whenInWords(renewAt, now)}`;
  const what = notAfterAt > now ? 'ends' : 'ended';
  return html`${timeline({ notAfterAt, renewAt }, now)}<time
      class="quiet"
      datetime="${notAfterAt.toISOString()}"
      title="${instantInWords(notAfterAt)}"
      >${what} ${whenInWords(notAfterAt, now)}${renewal}</time
    >`;
}
