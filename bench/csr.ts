import { DAY_MS } from '../node-agent/clock.ts';
import { generatePrivateKey } from '../node-agent/issuance/private-key.ts';
import { buildRequest } from '../node-agent/issuance/request.ts';

/** A ready-made request for a certificate, with a key of its own. */
export async function makeCsr(): Promise<string> {
  const spec = { algorithm: 'ECDSA', bits: 256, encoding: 'PKCS8' } as const;
  const key = await generatePrivateKey(spec);
  const names = { subject: [], dnsNames: ['floor.bench.example'], ipAddresses: [], uris: [] };
  return buildRequest(key, { ...names, durationMs: DAY_MS, isCa: false, usages: [] });
}
