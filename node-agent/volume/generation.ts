import type { Contents } from '../contents.ts';
import { AgentError } from '../errors.ts';
import { codeOf } from './errno.ts';
import type { VolumeHome } from './home.ts';
import { readText } from './look-at.ts';

/** What one file set was rendered from, and what its renewal is computed from. */
export interface Generation {
  /** Counts the file sets of a volume from 1. */
  readonly number: number;
  /** How many certificates the volume had before this one. */
  readonly renewals: number;
  /** How much later the certificate came than it should have. */
  readonly lateMs: number;
  /** When the certificate came. */
  readonly receivedAt: Date;
  readonly contents: Contents;
}

/** The text of `parts/<n>.json`: one file, so that one write makes it and one unlink destroys its key. */
export function encodeGeneration({ renewals, lateMs, receivedAt, contents }: Generation): string {
  return JSON.stringify({ renewals, lateMs, receivedAt, ...contents });
}

/** @throws {AgentError} `state-corrupt` where the parts of that set are missing or damaged. */
export async function readGeneration(home: VolumeHome, number: number): Promise<Generation> {
  try {
    return decodeGeneration(number, readText(home.parts(number)));
  } catch (cause) {
    // No cause: a JSON error quotes the text, and the text holds a key.
    const code = codeOf(cause);
    const why = code === undefined ? '' : `: ${code}`;
    throw new AgentError('state-corrupt', `Cannot read the parts of file set ${number} of volume "${home.volumeId}"${why}`);
  }
}

function decodeGeneration(number: number, text: string): Generation {
  // Earlier versions did not store how late a certificate came.
  const { renewals, lateMs = 0, receivedAt, keyPem, chainPem, issuerCaPem } = JSON.parse(text) as Record<string, unknown>;
  const at = new Date(String(receivedAt));
  if (typeof renewals !== 'number' || !Number.isSafeInteger(renewals) || renewals < 0) throw new Error('renewals');
  if (typeof lateMs !== 'number' || !(lateMs >= 0)) throw new Error('lateMs');
  if (Number.isNaN(at.getTime())) throw new Error('receivedAt');
  if (typeof keyPem !== 'string' || typeof chainPem !== 'string' || typeof issuerCaPem !== 'string') throw new Error('contents');
  return { number, renewals, lateMs, receivedAt: at, contents: { keyPem, chainPem, issuerCaPem } };
}
