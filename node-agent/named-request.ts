import type { Waiting } from './ports.ts';

/** The words with the name of the request they are about, unless they hold it already. */
export function withRequestName(words: string, { requestName }: Pick<Waiting, 'requestName'>): string {
  return requestName === undefined || words.includes(requestName) ? words : `${words} (CertificateRequest ${requestName})`;
}
