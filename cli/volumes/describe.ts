import type { CertificateAnswer } from '../../driver/admin/answers.ts';
import type { Paint, Tone } from '../output/colour.ts';
import { safeText } from '../output/safe-text.ts';
import { absoluteTime } from '../output/time.ts';
import { issuerOf, nameOf, stateOf, type InspectedVolume } from './volume.ts';

/** All of a volume for people, over many lines; texts from the cluster are made safe here. */
export function describeVolume(volume: InspectedVolume, now: Date, paint: Paint): string {
  const { word, tone } = stateOf(volume);
  const lines = [
    paint(nameOf(volume), 'strong'),
    field('State', paint(safeText(word), tone)),
    field('Health', safeText(volume.health.message)),
    ...whyItWaits(volume, now),
    field('Node', safeText(volume.node)),
    field('Volume', safeText(volume.volumeId)),
    field('Path', safeText(volume.targetPath)),
    field('Issuer', safeText(issuerOf(volume))),
    field('Names', safeText(volume.names.join(', '))),
    field('Received', safeText(absoluteTime(volume.receivedAt, now))),
    field('Expires', safeText(absoluteTime(volume.notAfterAt, now))),
    field('Renews', safeText(absoluteTime(volume.renewAt, now))),
    ...section(volume.generation === undefined ? 'Files' : `Files, set ${volume.generation}`, fileLines(volume)),
    ...section(
      'Chain',
      volume.chain.flatMap((certificate, index) => certificateLines(certificate, index, now)),
    ),
    ...section('History', historyLines(volume, paint)),
  ];
  return `${lines.filter((line) => line !== '').join('\n')}\n`;
}

function field(name: string, value: string): string {
  return value === '' ? '' : `  ${`${name}:`.padEnd(10)}${value}`;
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return [`  ${title}:`, ...(lines.length === 0 ? ['    none'] : lines.map((line) => `    ${line}`))];
}

function whyItWaits({ waiting, failing }: InspectedVolume, now: Date): readonly string[] {
  const { reason = '', requestName } = waiting ?? {};
  const request = requestName === undefined || reason.includes(requestName) ? '' : ` (CertificateRequest ${requestName})`;
  const times = failing?.failures === 1 ? 'once' : `${failing?.failures} times in a row`;
  return [
    waiting === undefined ? '' : field('Waiting', safeText(`${reason}${request}`)),
    failing === undefined
      ? ''
      : field('Failing', safeText(`${times} since ${absoluteTime(failing.sinceAt, now)}: ${failing.failure.message}`)),
  ];
}

function fileLines({ files }: InspectedVolume): readonly string[] {
  const width = Math.max(0, ...files.map(({ name }) => name.length));
  return files.map(({ name, mode, sizeBytes }) => `${safeText(name).padEnd(width)}  ${safeText(mode)}  ${sizeBytes} bytes`);
}

function certificateLines(certificate: CertificateAnswer, index: number, now: Date): readonly string[] {
  const { subject, issuer, serial, names, notBeforeAt, notAfterAt, key, fingerprint } = certificate;
  const details = {
    issuer,
    names: names.join(', '),
    valid: `${absoluteTime(notBeforeAt, now)} to ${absoluteTime(notAfterAt, now)}`,
    key,
    serial,
    'sha-256': fingerprint,
  };
  const lines = Object.entries(details).filter(([, text]) => text !== '');
  return [`${index}: ${safeText(subject) || '(no subject)'}`, ...lines.map(([name, text]) => `   ${name.padEnd(8)} ${safeText(text)}`)];
}

function historyLines({ history }: InspectedVolume, paint: Paint): readonly string[] {
  return history.map(({ at, kind, message, isTrouble }) => {
    const tone: Tone | undefined = isTrouble ? 'warning' : undefined;
    return `${safeText(at)}  ${paint(safeText(kind), tone)}  ${safeText(message)}`;
  });
}
