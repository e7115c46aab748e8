import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../node-agent/clock.ts';
import { serveMadeUpNode } from '../../support/admin-sources.ts';
import type { MadeUpVolume } from '../../support/admin-sources.ts';
import { Browser } from '../../support/browser.ts';
import type { Look, Page } from '../../support/browser.ts';

const WIDE: Look = { width: 1_280, height: 900, scheme: 'light' };

const AT_ALL: readonly MadeUpVolume[] = [
  { pod: 'web-0', names: ['DNS:web', 'DNS:web.shop', 'IP:10.0.0.1', 'URI:spiffe://x/web'], leftMs: 20 * HOUR_MS },
  { pod: 'late-0', leftMs: 10 * MINUTE_MS, lifeMs: HOUR_MS, failing: 'The issuer said no' },
  { pod: 'gone-0', leftMs: -HOUR_MS, failing: 'The issuer is gone' },
  { pod: 'new-0', waiting: 'not yet approved' },
];

/** Each row of a table as the texts of its cells. */
const rowsOf = (page: Page, table: number) =>
  page.evaluate<string[][]>(
    `[...document.querySelectorAll('table')[${table}].tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.innerText))`,
  );

describe('the status page in a browser', { timeout: 180_000 }, () => {
  const closing: (() => unknown)[] = [];
  after(async () => {
    for (const close of closing) await close();
  });
  const context = { after: (close: () => unknown) => void closing.push(close) };
  let browser: Browser;
  before(async () => void (browser = await Browser.open(context)));

  const load = async (volumes: readonly MadeUpVolume[], look = WIDE, path = '/') =>
    browser.load(`${await serveMadeUpNode(context, volumes)}${path}`, look);

  it('has what is in trouble first, and says in words what it shows by colours and bars', async () => {
    const page = await load(AT_ALL);
    const rows = await rowsOf(page, 0);
    assert.deepEqual(
      rows.map(([pod, , state]) => [pod, state?.split('\n')[0]]),
      [
        ['shop/gone-0', '✖ expired'],
        ['shop/new-0', '▲ waiting'],
        ['shop/late-0', '▲ renewal failing'],
        ['shop/web-0', '✔ good'],
      ],
    );
    assert.match(rows[0]?.[2] ?? '', /The issuer is gone/);
    assert.match(rows[0]?.[5] ?? '', /ended 1 h ago/);
    assert.match(rows[3]?.[5] ?? '', /ends in 20 h; renewed in 12 h/);
    assert.equal(rows[3]?.[3], 'DNS:web, DNS:web.shop, IP:10.0.0.1 and 1 more');
    assert.match(await page.evaluate<string>('document.querySelector("main").innerText'), /4 volumes\. ▲ 3 in trouble/);
  });

  it('has the newest of what happened first, trouble by a word', async () => {
    const events = await rowsOf(await load(AT_ALL), 1);
    assert.deepEqual(
      events.map(([, pod]) => pod),
      ['shop/new-0', 'shop/gone-0', 'shop/late-0', 'shop/web-0'],
    );
    assert.match(events[1]?.[2] ?? '', /^✖ trouble Renewal failed .*: The issuer is gone$/);
    assert.match(events[3]?.[2] ?? '', /^Certificate renewed: serial 7a0$/);
  });

  it('draws a bar that is longer the longer a certificate is good, and none for one that has ended', async () => {
    const lives = [-HOUR_MS, MINUTE_MS, HOUR_MS, DAY_MS, 60 * DAY_MS];
    const page = await load(lives.map((leftMs, index) => ({ pod: `p${index}`, leftMs })));
    const widths = await page.evaluate<number[]>(`[...document.querySelectorAll('.life')].map((bar) => bar.getBoundingClientRect().width)`);
    assert.equal(widths[0], 0);
    assert.deepEqual(
      widths.toSorted((a, b) => a - b),
      widths,
    );
    assert.equal(new Set(widths).size, lives.length);
  });

  for (const count of [0, 1]) {
    it(`is whole with ${count} volumes`, async () => {
      const page = await load(AT_ALL.slice(0, count));
      const text = await page.evaluate<string>('document.body.innerText');
      assert.match(text, count === 0 ? /No pod of this node has a volume/ : /1 volume\. ✔ None is in trouble/);
      assert.equal(await page.evaluate('document.querySelectorAll("tbody tr").length'), 2 * count);
    });
  }

  it('has a thousand volumes on ten pages, each of them once', async () => {
    const many = Array.from({ length: 1_000 }, (_, index) => ({ pod: `pod-${index}`, leftMs: (1 + ((index * 37) % 1_000)) * MINUTE_MS }));
    const url = await serveMadeUpNode(context, many);
    const seen = new Set<string>();
    let next: string | undefined = '/';
    for (let pages = 0; next !== undefined; pages += 1) {
      assert.ok(pages < 10);
      const page: Page = await browser.load(url + next, WIDE);
      for (const [pod] of await rowsOf(page, 0)) seen.add(pod ?? '');
      next = (await page.evaluate<string | null>('document.querySelector("a[rel=next]")?.getAttribute("href") ?? null')) ?? undefined;
    }
    assert.equal(seen.size, 1_000);
    for (const path of ['/?page=11', '/?page=999999999', '/?page=-1', '/?page=x', '/?page=%00']) {
      assert.equal((await rowsOf(await browser.load(url + path, WIDE), 0)).length, 100, path);
    }
  });

  const hostile = [
    '<script>window.hacked = 1</script>',
    '<img src=x onerror="window.hacked = 1">',
    '"><svg onload="window.hacked = 1">',
    "' autofocus onfocus='window.hacked = 1'",
    '</style><script>window.hacked = 1</script>',
    '</title><iframe srcdoc="<script>parent.hacked = 1</script>"></iframe>',
    '<style>body { background: url(http://127.0.0.1:1/) }</style>',
    '&lt;script&gt; &#60;b&#62; ${1} {{2}} \\u003cb\\u003e',
    '\u202egnp.exe\u0000\u001b[31m',
  ];
  it('runs and loads nothing of what names and messages of others hold, and shows it as it is', async () => {
    const asked: string[] = [];
    const letGo = browser.listen((method, params) => {
      if (method === 'Network.requestWillBeSent') asked.push((params['request'] as { readonly url: string }).url);
      if (method === 'Page.javascriptDialogOpening' || method === 'Runtime.consoleAPICalled') asked.push(method);
    });
    const everywhere = hostile.map((text) => ({
      pod: text,
      namespace: text,
      volume: text.replaceAll('/', ''),
      issuer: text,
      names: [text],
      failing: text,
      leftMs: MINUTE_MS,
    }));
    const url = await serveMadeUpNode(context, everywhere, { nodeId: hostile[5] ?? '' });
    const page = await browser.load(url, WIDE);
    letGo();
    assert.deepEqual(asked, [`${url}/`]);
    assert.equal(await page.evaluate('typeof window.hacked'), 'undefined');
    const foreign = 'script, img, iframe, object, embed, form, input, [onload], [onerror], [onfocus], [autofocus], body style, b';
    assert.equal(await page.evaluate(`document.querySelectorAll('${foreign}').length`), 0);
    const text = await page.evaluate<string>('document.body.textContent');
    for (const message of hostile.slice(0, -1)) assert.ok(text.includes(message), message);
    assert.ok(text.includes('\\u202egnp.exe\\u0000\\u001b[31m'));
  });

  it('would not run a script that got into it after all', async () => {
    const page = await load(AT_ALL);
    const inserted = `document.body.insertAdjacentHTML('beforeend', '<img src="data:," onerror="window.hacked = 1"><svg onload="window.hacked = 1"></svg>');
      document.body.appendChild(Object.assign(document.createElement('script'), { textContent: 'window.hacked = 1' }));
      new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(typeof window.hacked))))`;
    assert.equal(await page.evaluate(inserted), 'undefined');
  });

  for (const width of [320, 600, 1_280]) {
    it(`needs no sideways scrolling at ${width} pixels, however long the names are`, async () => {
      const long = { pod: `web-${'x'.repeat(240)}`, names: [`DNS:${'y'.repeat(240)}`], failing: 'z'.repeat(900), leftMs: HOUR_MS };
      const page = await load([...AT_ALL, long], { ...WIDE, width });
      const [seen, needed, room] = await page.evaluate<number[]>(
        '[innerWidth, document.documentElement.scrollWidth, document.documentElement.clientWidth]',
      );
      assert.deepEqual([seen, needed], [width, room]);
      if (width >= 600) return;
      const label = `getComputedStyle(document.querySelector('td[data-is=State]'), '::before').content`;
      assert.equal(await page.evaluate(label), '"State: "');
    });
  }

  for (const scheme of ['light', 'dark'] as const) {
    it(`can be read where one prefers ${scheme}: every text has a contrast of 4.5 at least`, async () => {
      const page = await load(AT_ALL, { ...WIDE, scheme });
      const ground = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
      assert.equal(luminance(ground) > 0.5, scheme === 'light');
      const colours = await page.evaluate<string[]>(
        `[...new Set([...document.querySelectorAll('body *')].filter((e) => e.textContent.trim() !== '' && !(e instanceof SVGElement)).map((e) => getComputedStyle(e).color))]`,
      );
      assert.ok(colours.length >= 5);
      for (const colour of colours) assert.ok(contrast(colour, ground) >= 4.5, `${colour} on ${ground}: ${contrast(colour, ground)}`);
    });
  }

  it('is understood by a screen reader: one heading, tables with captions, and rows and columns with heads', async () => {
    for (const width of [320, 1_280]) {
      const page = await load(AT_ALL, { ...WIDE, width });
      const { nodes } = (await page.send('Accessibility.getFullAXTree')) as {
        nodes: readonly { ignored: boolean; role?: { value: string } }[];
      };
      const count = (role: string) => nodes.filter((node) => !node.ignored && node.role?.value === role).length;
      assert.equal(await page.evaluate('document.documentElement.lang'), 'en');
      assert.equal(await page.evaluate('document.querySelectorAll("h1").length'), 1);
      assert.deepEqual([count('table'), count('rowheader'), count('columnheader')], [2, 8, 9], `${width}`);
    }
  });
});

/** WCAG 2.2, "relative luminance". */
function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = (colour.match(/[\d.]+/g) ?? []).map((part) => {
    const share = Number(part) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** WCAG 2.2, "contrast ratio". */
function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}
