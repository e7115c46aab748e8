import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ApiObject } from '../../node-agent/kubernetes/api-object.ts';
import { ObjectCache } from '../../node-agent/kubernetes/object-cache.ts';

const KEY = { namespace: 'default', name: 'web' };
const never = new AbortController().signal;

function objectOf(resourceVersion: string, name: string = KEY.name): ApiObject {
  const unused = { uid: '', creationTimestamp: '', labels: {}, annotations: {}, ownerReferences: [] };
  return { metadata: { ...unused, name, namespace: KEY.namespace, resourceVersion } };
}

function cacheOfVersions(): ObjectCache<string> {
  return new ObjectCache(({ metadata }) => metadata.resourceVersion);
}

describe('a cache of objects', () => {
  it('takes the answer to a create', () => {
    const cache = cacheOfVersions();
    cache.expect(KEY);
    cache.add(KEY, 'created');
    assert.equal(cache.get(KEY), 'created');
  });

  it('keeps what the watch told when it was quicker than the answer to the create', () => {
    const cache = cacheOfVersions();
    cache.expect(KEY);
    cache.put(objectOf('issued'));
    cache.add(KEY, 'created');
    assert.equal(cache.get(KEY), 'issued');
  });

  it('does not revive what was deleted before the answer to its create came', () => {
    const cache = cacheOfVersions();
    cache.expect(KEY);
    cache.put(objectOf('1'));
    cache.remove(KEY);
    cache.add(KEY, 'created');
    assert.equal(cache.get(KEY), undefined);
  });

  it('keeps what was created while a list was under way, and takes what the list says of the rest', () => {
    const cache = cacheOfVersions();
    cache.put(objectOf('1', 'deleted'));
    cache.put(objectOf('1', 'changed'));
    cache.beginList();
    cache.expect(KEY);
    cache.add(KEY, 'created');
    cache.replace([objectOf('2', 'changed')]);
    assert.deepEqual([...cache.values()], ['2', 'created']);
  });

  it('takes what a list says of an object that was created while it was under way', () => {
    const cache = cacheOfVersions();
    cache.beginList();
    cache.expect(KEY);
    cache.add(KEY, 'created');
    cache.replace([objectOf('issued')]);
    assert.equal(cache.get(KEY), 'issued');
  });

  it('removes by a later list what an earlier one let stay', () => {
    const cache = cacheOfVersions();
    cache.beginList();
    cache.expect(KEY);
    cache.add(KEY, 'created');
    cache.replace([]);
    cache.beginList();
    cache.replace([]);
    assert.equal(cache.get(KEY), undefined);
  });

  it('wakes whoever waits for an object when it changes, is deleted or is listed, and nobody else', async () => {
    const cache = cacheOfVersions();
    let others = 0;
    const other = cache.changed({ ...KEY, name: 'other' }, never).then(() => (others += 1));
    for (const change of [() => cache.put(objectOf('1')), () => cache.remove(KEY)]) {
      const woken = [cache.changed(KEY, never), cache.changed(KEY, never)];
      change();
      await Promise.all(woken);
    }
    assert.equal(others, 0);
    cache.replace([]);
    await other;
  });

  it('finds the objects of a group, whatever becomes of them', () => {
    const cache = new ObjectCache(
      ({ metadata: { name, resourceVersion } }) => ({ name, group: resourceVersion }),
      ({ group }) => group,
    );
    const groups = () => ['a', 'b'].map((group) => [...cache.inGroup(group)].map(({ name }) => name));
    cache.put(objectOf('a', 'first'));
    cache.put(objectOf('a', 'second'));
    assert.deepEqual(groups(), [['first', 'second'], []]);
    cache.put(objectOf('b', 'first'));
    assert.deepEqual(groups(), [['second'], ['first']]);
    cache.shorten({ ...KEY, name: 'second' }, (kept) => ({ ...kept, group: 'b' }));
    assert.deepEqual(groups(), [[], ['first', 'second']]);
    cache.remove({ ...KEY, name: 'first' });
    assert.deepEqual(groups(), [[], ['second']]);
    cache.beginList();
    cache.replace([objectOf('a', 'third')]);
    assert.deepEqual(groups(), [['third'], []]);
  });

  it('lets a waiter go when its signal is aborted', async () => {
    const caller = new AbortController();
    const woken = cacheOfVersions().changed(KEY, caller.signal);
    caller.abort(new Error('enough'));
    await assert.rejects(woken, { message: 'enough' });
  });
});
