import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { linksOut } from './links.ts';
import { parsePage } from './markdown.ts';
import { askLinks } from './online.ts';

describe('links to other hosts', () => {
  const asked: string[] = [];
  let underWay = 0;
  let most = 0;
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    most = Math.max(most, (underWay += 1));
    response.once('close', () => (underWay -= 1));
    if (request.url === '/silent') return;
    if (request.url === '/moved') response.writeHead(301, { location: '/page' });
    else response.writeHead(request.url === '/gone' ? 404 : 200);
    // Not at once, so that too many at a time would be seen.
    setTimeout(() => response.end('a page'), 100);
  });
  let base = '';
  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  it('are found in the prose of a page, with their lines', () => {
    const page = parsePage('a.md', '# A\n[b](https://b.example/c "d") [e](f.md)\n`[g](https://g.example)` <https://h.example>\n');
    assert.deepEqual(linksOut(page), [
      { line: 2, url: 'https://b.example/c' },
      { line: 3, url: 'https://h.example' },
    ]);
  });

  it('are dead where no page is answered in time, and are asked once each, a few at a time', async () => {
    const paths = ['/page', '/moved', '/gone', '/silent', '/page', '/1', '/2', '/3', '/4', '/5'];
    const urls = [...paths.map((path) => `${base}${path}`), 'http://127.0.0.1:1/'];
    const whys = await askLinks(urls, { atOnce: 3, timeoutMs: 2_000 });
    assert.deepEqual([...whys.keys()].toSorted(), [`${base}/gone`, `${base}/silent`, 'http://127.0.0.1:1/'].toSorted());
    assert.equal(whys.get(`${base}/gone`), 'is answered by 404');
    assert.match(whys.get(`${base}/silent`) ?? '', /^is not answered: .*timeout/);
    assert.match(whys.get('http://127.0.0.1:1/') ?? '', /^is not answered: /);
    // The second time is by the redirection.
    assert.equal(asked.filter((path) => path === '/page').length, 2);
    assert.ok(most <= 3, String(most));
  });
});
