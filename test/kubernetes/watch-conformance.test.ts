import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { openApiClient, type ApiAnswer, type ApiClient } from '../support/api-client.ts';
import type { StoredObject, WatchLine } from '../support/api-store.ts';
import { openApiUnderTest, type ApiUnderTest } from '../support/api-under-test.ts';

function objectOf(line: WatchLine | undefined): StoredObject {
  assert.ok(line !== undefined, 'the watch ended');
  return line.object as StoredObject;
}

function summary(lines: readonly WatchLine[]): unknown {
  return lines.map((line) => [line.type, objectOf(line).metadata.name]);
}

/** What the driver relies on, held against whichever Kubernetes API the tests run on. */
describe('the Kubernetes API', () => {
  let api: ApiUnderTest;
  let client: ApiClient;
  const made: string[] = [];
  const COLLECTION = '/apis/cert-manager.io/v1/namespaces/default/certificaterequests';

  before(async () => {
    api = await openApiUnderTest();
    client = openApiClient(api.kubeconfig);
  });

  after(async () => {
    for (const name of made) await client.call('DELETE', `${COLLECTION}/${name}`).catch(() => {});
    client.close();
    await api.close();
  });

  function manifest(run: string, name: string = randomUUID()) {
    made.push(name);
    return {
      apiVersion: 'cert-manager.io/v1',
      kind: 'CertificateRequest',
      metadata: { name, namespace: 'default', labels: { run } },
      spec: { request: Buffer.from('a request').toString('base64'), issuerRef: { name: 'any' } },
    };
  }

  const create = (run: string) => client.call('POST', COLLECTION, { body: manifest(run) });
  const list = (run: string) => client.call('GET', COLLECTION, { query: { labelSelector: `run=${run}` } });
  const pathOf = ({ metadata }: StoredObject) => `${COLLECTION}/${metadata.name}`;
  const setReason = (object: StoredObject, reason: string): Promise<ApiAnswer> => {
    const conditions = [{ type: 'Ready', status: 'False', reason }];
    return client.call('PUT', `${pathOf(object)}/status`, { body: { ...object, status: { conditions } } });
  };

  /** The first lines of a watch, each as its type and the object's name or, for a bookmark, nothing. */
  async function watch(run: string, resourceVersion: string, count: number, query: Record<string, string> = {}): Promise<WatchLine[]> {
    const stop = new AbortController();
    const lines: WatchLine[] = [];
    for await (const line of client.watch(COLLECTION, { labelSelector: `run=${run}`, resourceVersion, ...query }, stop.signal)) {
      lines.push(line);
      if (lines.length === count) stop.abort();
    }
    return lines;
  }

  it('lists what a label selector selects, with a version', async () => {
    const run = randomUUID();
    const first = await create(run);
    await create(randomUUID());
    const listed = await list(run);
    assert.deepEqual(
      listed.items.map(({ metadata }) => metadata.name),
      [first.metadata.name],
    );
    assert.match(listed.metadata.resourceVersion, /^\d+$/);
  });

  it('tells from a version on what happened after it, in order and once', async () => {
    const run = randomUUID();
    const before = await create(run);
    const { metadata } = await list(run);
    const object = await create(run);
    await setReason(object, 'Pending');
    await client.call('DELETE', pathOf(object));
    const lines = await watch(run, metadata.resourceVersion, 3);
    const { name } = object.metadata;
    assert.deepEqual(summary(lines), [
      ['ADDED', name],
      ['MODIFIED', name],
      ['DELETED', name],
    ]);
    assert.notEqual(name, before.metadata.name);
  });

  it('tells what happens while the watch is open', async () => {
    const run = randomUUID();
    const { metadata } = await list(run);
    const stop = new AbortController();
    const lines = client.watch(COLLECTION, { labelSelector: `run=${run}`, resourceVersion: metadata.resourceVersion }, stop.signal);
    const next = lines.next();
    const object = await create(run);
    assert.equal((((await next).value as WatchLine).object as StoredObject).metadata.uid, object.metadata.uid);
    stop.abort();
    await lines.next();
  });

  it('gives every change and every deletion a version to resume from', async () => {
    const run = randomUUID();
    const { metadata } = await list(run);
    const object = await create(run);
    await client.call('DELETE', pathOf(object));
    const [added, deleted] = await watch(run, metadata.resourceVersion, 2);
    const other = await create(run);
    for (const line of [added, deleted]) {
      const { resourceVersion } = objectOf(line).metadata;
      const rest = await watch(run, resourceVersion, line === added ? 2 : 1);
      assert.deepEqual(summary(rest.slice(-1)), [['ADDED', other.metadata.name]]);
    }
  });

  it('tells an object that leaves the selection as deleted, and one that enters it as added', async () => {
    const [left, entered] = [randomUUID(), randomUUID()];
    const { metadata } = await list(left);
    const object = await create(left);
    const moved = { ...object, metadata: { ...object.metadata, labels: { run: entered } } };
    await client.call('PUT', pathOf(object), { body: moved });
    assert.deepEqual(
      (await watch(left, metadata.resourceVersion, 2)).map(({ type }) => type),
      ['ADDED', 'DELETED'],
    );
    assert.deepEqual(
      (await watch(entered, metadata.resourceVersion, 1)).map(({ type }) => type),
      ['ADDED'],
    );
  });

  it('sends a bookmark before it ends a watch, and ends it in good order when its time is over', async () => {
    const run = randomUUID();
    const { metadata } = await list(run);
    const lines = await watch(run, metadata.resourceVersion, Infinity, { allowWatchBookmarks: 'true', timeoutSeconds: '4' });
    assert.deepEqual([...new Set(lines.map(({ type }) => type))], ['BOOKMARK']);
    assert.match(objectOf(lines[0]).metadata.resourceVersion, /^\d+$/);
  });

  it('answers a watch from a version it has forgotten with an ERROR event of code 410', async () => {
    const run = randomUUID();
    await create(run);
    if ('compact' in api) (api as { compact(): void }).compact();
    const [line] = await watch(run, '1', 1);
    const { code, reason } = objectOf(line);
    assert.deepEqual({ type: line?.type, code, reason }, { type: 'ERROR', code: 410, reason: 'Expired' });
  });

  it('refuses to create what exists: 409 AlreadyExists', async () => {
    const body = manifest(randomUUID());
    await client.call('POST', COLLECTION, { body });
    await assert.rejects(client.call('POST', COLLECTION, { body }), { status: 409, reason: 'AlreadyExists' });
  });

  it('refuses a change of a version that is no longer the last: 409 Conflict', async () => {
    const object = await create(randomUUID());
    await setReason(object, 'Pending');
    await assert.rejects(setReason(object, 'Failed'), { status: 409, reason: 'Conflict' });
  });

  it('answers for an object that is not there: 404 NotFound', async () => {
    const path = `${COLLECTION}/${randomUUID()}`;
    await assert.rejects(client.call('DELETE', path), { status: 404, reason: 'NotFound' });
    await assert.rejects(client.call('GET', path), { status: 404, reason: 'NotFound' });
  });

  it('keeps status and the rest apart: creating writes no status, the status subresource nothing else', async () => {
    const run = randomUUID();
    const created = await client.call('POST', COLLECTION, { body: { ...manifest(run), status: { ca: 'Yw==' } } });
    assert.equal(created['status'], undefined);
    const changed = await client.call('PUT', `${pathOf(created)}/status`, {
      body: { ...created, metadata: { ...created.metadata, labels: {} }, status: { ca: 'Yw==' } },
    });
    assert.deepEqual([changed['status'], changed.metadata.labels], [{ ca: 'Yw==' }, { run }]);
  });
});
