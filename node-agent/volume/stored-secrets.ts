import { AgentError } from '../errors.ts';
import { record } from '../json-value.ts';
import type { Disk } from '../ports.ts';
import { codeOf } from './errno.ts';
import type { VolumeHome } from './home.ts';
import { readText } from './look-at.ts';

/** What a record leaves out of the request, so that a renewal has the password that kubelet does not send again. */
export interface StoredSecrets {
  readonly attributes: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
}

const FORMAT_VERSION = 1;

/** @throws {AgentError} as {@link Disk}. */
export async function writeSecrets(disk: Disk, home: VolumeHome, { attributes, secrets }: StoredSecrets): Promise<void> {
  await disk.writeFile(home.secrets, JSON.stringify({ formatVersion: FORMAT_VERSION, attributes, secrets }), 0o600);
}

/** @throws {AgentError} `state-corrupt` where they are missing, damaged or of another format. */
export async function readSecrets(home: VolumeHome): Promise<StoredSecrets> {
  try {
    const { formatVersion, attributes, secrets } = JSON.parse(readText(home.secrets)) as Record<string, unknown>;
    if (formatVersion !== FORMAT_VERSION || !isTexts(attributes) || !isTexts(secrets)) throw new Error('format');
    return { attributes, secrets };
  } catch (cause) {
    // No cause: a JSON error quotes the text, and the text holds a password.
    const code = codeOf(cause);
    const why = code === undefined ? '' : `: ${code}`;
    throw new AgentError('state-corrupt', `Cannot read the secrets of volume "${home.volumeId}"${why}`);
  }
}

/** Whether it is an object all of whose values are text. */
export function isTexts(value: unknown): value is Record<string, string> {
  const object = record(value);
  return object !== undefined && Object.values(object).every((text) => typeof text === 'string');
}
