import { HOUR_MS, MINUTE_MS } from '../../node-agent/clock.ts';
import { serveMadeUpNode } from '../support/admin-sources.ts';
import type { MadeUpVolume } from '../support/admin-sources.ts';
import { Browser } from '../support/browser.ts';

const names = (name: string) => [`DNS:${name}.shop.svc`];

/** A node as it may be on a bad day. */
const NODE: readonly MadeUpVolume[] = [
  { pod: 'cart-0', names: ['DNS:cart.shop.svc', 'URI:spiffe://shop.example/cart'], lifeMs: HOUR_MS, leftMs: 41 * MINUTE_MS },
  {
    pod: 'billing-5f9d-2xq8r',
    names: names('billing'),
    issuer: 'vault',
    lifeMs: HOUR_MS,
    leftMs: 6 * MINUTE_MS,
    failing: 'Vault is sealed',
  },
  { pod: 'web-7c9b8-pk4tz', names: names('web'), waiting: 'the request is not approved yet' },
];

/** What the status page of such a node looks like, as PNG. */
export async function drawStatusPage(): Promise<Buffer> {
  await using undo = new AsyncDisposableStack();
  const context = { after: (close: () => unknown) => undo.defer(async () => void (await close())) };
  const url = await serveMadeUpNode(context, NODE, { nodeId: 'worker-3' });
  const browser = await Browser.open(context);
  const page = await browser.load(url, { width: 1_100, height: 800, scheme: 'light' });
  const height = await page.evaluate<number>('document.querySelector("main").getBoundingClientRect().bottom + 16');
  await page.send('Emulation.setDeviceMetricsOverride', { width: 1_100, height: Math.ceil(height), deviceScaleFactor: 1, mobile: false });
  return await page.picture();
}
