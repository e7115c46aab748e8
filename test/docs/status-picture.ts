import { HOUR_MS, MINUTE_MS } from '../../node-agent/clock.ts';
import { named } from '../../node-agent/issuers/cert-manager/certificate-request.ts';
import { readState } from '../../node-agent/issuers/cert-manager/request-state.ts';
import { condition } from '../support/signer.ts';
import { serveMadeUpNode } from '../support/admin-sources.ts';
import type { MadeUpVolume } from '../support/admin-sources.ts';
import { Browser } from '../support/browser.ts';

const names = (name: string) => [`DNS:${name}.shop.svc`];

/** What the driver says of a request whose status is this one. */
function told(name: string, status?: object): string {
  const state = readState(status);
  const request = named({ namespace: 'shop', name });
  if (state.kind === 'waiting') return `${request}: ${state.reason}`;
  if (state.kind === 'failed') return `${request} failed: ${state.message}`;
  throw new Error(`There is no trouble with ${request}`);
}

/** A node as it may be on a bad day. */
const NODE: readonly MadeUpVolume[] = [
  { pod: 'cart-0', names: ['DNS:cart.shop.svc', 'URI:spiffe://shop.example/cart'], lifeMs: HOUR_MS, leftMs: 41 * MINUTE_MS },
  {
    pod: 'billing-5f9d-2xq8r',
    names: names('billing'),
    issuer: 'vault',
    lifeMs: HOUR_MS,
    leftMs: 6 * MINUTE_MS,
    failing: told('4f0c7b7e-5d0e-4c57-a0d4-0c1a8b1f7a52', { conditions: [condition('Ready', 'False', 'Failed', 'Vault is sealed')] }),
  },
  { pod: 'web-7c9b8-pk4tz', names: names('web'), waiting: told('b8a3e1c9-7d26-4e0b-9f5a-6c2d41e0a913') },
];

/** What the status page of such a node looks like, as PNG. */
export async function drawStatusPage(): Promise<Buffer> {
  await using undo = new AsyncDisposableStack();
  const context = { after: (close: () => unknown) => undo.defer(async () => void (await close())) };
  const url = await serveMadeUpNode(context, NODE, { nodeId: 'worker-3' });
  const browser = await Browser.open(context);
  const page = await browser.load(url, { width: 1_100, height: 800, scheme: 'light' });
  const height = await page.evaluate<number>('document.querySelector("main").getBoundingClientRect().bottom + 16');
  // As wide as documents show it, and that much smaller a file.
  await page.send('Emulation.setDeviceMetricsOverride', { width: 1_100, height: Math.ceil(height), deviceScaleFactor: 0.9, mobile: false });
  return await page.picture();
}
