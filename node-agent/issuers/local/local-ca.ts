import type { Clock } from '../../clock.ts';
import type { Issued } from '../../contents.ts';
import { AgentError, type Problem } from '../../errors.ts';
import type { Disk, Issuer, Order } from '../../ports.ts';
import type { AskedOfIssuer } from '../../wanted.ts';
import { readFiles, writeFiles } from './authority-directory.ts';
import { readAuthority, type Authority } from './authority.ts';
import { BACKDATE_MS, makeAuthority } from './new-authority.ts';
import { signRequest } from './sign.ts';

/** What the local CA works with. */
export interface LocalCaOptions {
  /** Holds `ca.crt` and `ca.key`; where both are missing they are made. */
  readonly directory: string;
  /** No certificate lives longer. */
  readonly maximumDurationMs: number;
  readonly clock: Clock;
  readonly disk: Disk;
}

/**
 * Opens the CA of a folder, or makes one there: an issuer in this process, for development clusters, edge nodes and other
 * orchestrators.
 * @throws {AgentError} `misconfigured` where one file is missing, or they are not a CA that can sign; and as `Disk` does.
 */
export async function openLocalCa({ directory, maximumDurationMs, clock, disk }: LocalCaOptions): Promise<Issuer> {
  const couldNot = `Cannot open the local CA in ${JSON.stringify(directory)}`;
  const place = { path: directory, disk };
  if ((await readFiles(place, couldNot)) === undefined) await writeFiles(place, await makeAuthority(clock.now()));
  // What is used is what was written: the next start must be able to read it too.
  const files = await readFiles(place, couldNot);
  if (files === undefined) throw new AgentError('disk-failed', `${couldNot}: its files disappeared`);
  const authority = readAuthority(files, clock.now(), couldNot);
  return {
    refuses,
    async issue({ csrPem, wanted }, _waiting, signal) {
      signal.throwIfAborted();
      return issue(authority, { csrPem, wanted }, { now: clock.now(), maximumMs: maximumDurationMs });
    },
  };
}

interface Moment {
  readonly now: Date;
  readonly maximumMs: number;
}

/** Like other CAs it shortens what is too long, to its maximum and to its own end, and says nothing: the check tells of it. */
async function issue(
  authority: Authority,
  { csrPem, wanted }: Pick<Order, 'csrPem' | 'wanted'>,
  { now, maximumMs }: Moment,
): Promise<Issued> {
  const endMs = authority.certificate.validToDate.getTime();
  if (endMs <= now.getTime()) {
    throw new AgentError(
      'request-failed',
      `The local CA cannot sign: it expired at ${new Date(endMs).toISOString()}; renew ca.crt and restart`,
    );
  }
  const leafPem = await signRequest(authority, csrPem, {
    usages: wanted.usages,
    notBeforeAt: new Date(now.getTime() - BACKDATE_MS),
    notAfterAt: new Date(Math.min(now.getTime() + Math.min(wanted.durationMs, maximumMs), endMs)),
  });
  // Whoever trusts a root has it; whoever trusts what is above an intermediate needs the intermediate.
  return { chainPem: authority.isRoot ? leafPem : leafPem + authority.certificatePem, issuerCaPem: authority.certificatePem };
}

function refuses({ isCa, usages }: AskedOfIssuer): readonly Problem[] {
  const why = 'the local CA issues no CA certificates';
  const problems: Problem[] = [];
  if (isCa) problems.push({ field: 'csi.cert-manager.io/is-ca', value: 'true', why, cure: 'leave it out, or use a cert-manager issuer' });
  if (usages?.includes('cert sign')) {
    // RFC 5280 section 4.2.1.3: keyCertSign only with CA:TRUE.
    problems.push({ field: 'csi.cert-manager.io/key-usages', value: 'cert sign', why, cure: 'leave this usage out' });
  }
  return problems;
}
