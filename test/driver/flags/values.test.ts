import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Reading } from '../../../driver/flags/read.ts';
import {
  readAbsolutePath,
  readDriverName,
  readDuration,
  readEndpoint,
  readListenAddress,
  readLoopbackAddress,
  readNodeId,
  readNumber,
  readPathFromRoot,
  readSwitch,
  readText,
  readWholeNumber,
} from '../../../driver/flags/values.ts';

interface Case {
  readonly what: string;
  readonly read: (text: string) => Reading<unknown>;
  /** Texts and what each is read as. */
  readonly good: readonly (readonly [string, unknown])[];
  readonly bad: readonly string[];
}

const socketOf = (bytes: number) => `/${'s'.repeat(bytes - 1)}`;

const cases: readonly Case[] = [
  {
    what: 'an endpoint',
    read: readEndpoint,
    good: [
      ['unix:///plugin/csi.sock', '/plugin/csi.sock'],
      ['unix://plugin/csi.sock', '/plugin/csi.sock'],
      ['/plugin/csi.sock', '/plugin/csi.sock'],
      ['plugin//./csi.sock', '/plugin/csi.sock'],
      [`unix://${socketOf(107)}`, socketOf(107)],
    ],
    bad: ['', 'unix://', 'unix:///', 'tcp://127.0.0.1:9', 'http://x/y', 'unix:/plugin/csi.sock', socketOf(108), `/${'ü'.repeat(54)}`],
  },
  {
    what: 'a driver name',
    read: readDriverName,
    good: [
      ['csi.cert-manager.io', 'csi.cert-manager.io'],
      ['a', 'a'],
      ['A'.repeat(63), 'A'.repeat(63)],
    ],
    bad: ['', '-a', 'a.', 'a_b', 'a/b', '../a', 'a b', 'a\n', 'A'.repeat(64), 'ä'],
  },
  {
    what: 'an address to listen on',
    read: readListenAddress,
    good: [
      ['0', undefined],
      [':9402', { port: 9402 }],
      ['127.0.0.1:65535', { host: '127.0.0.1', port: 65_535 }],
      ['localhost:0', { host: 'localhost', port: 0 }],
      ['[::1]:9402', { host: '::1', port: 9402 }],
      ['[::]:9402', { host: '::', port: 9402 }],
    ],
    bad: ['', '9402', ':', ':65536', ':-1', '::1:9402', '[]:1', '[127.0.0.1]:1', '[::1]', 'host', 'a b:1', 'http://x:1', ':1\n', '00'],
  },
  {
    what: 'an address of the loopback to listen on',
    read: readLoopbackAddress,
    good: [
      ['0', undefined],
      ['127.0.0.1:9404', { host: '127.0.0.1', port: 9404 }],
      ['127.255.0.9:1', { host: '127.255.0.9', port: 1 }],
      ['[::1]:9404', { host: '::1', port: 9404 }],
      ['[0:0:0:0:0:0:0:1]:9404', { host: '0:0:0:0:0:0:0:1', port: 9404 }],
    ],
    bad: [
      '',
      ':9404',
      '0.0.0.0:9404',
      '[::]:9404',
      '10.0.0.1:9404',
      '126.255.255.255:1',
      '128.0.0.1:1',
      '[fe80::1]:1',
      'localhost:9404',
      '127.1:1',
    ],
  },
  {
    what: 'a data root',
    read: readPathFromRoot,
    good: [
      ['csi-data-dir', '/csi-data-dir'],
      ['/a/../b/', '/b'],
    ],
    bad: ['', '/', '.', '../..'],
  },
  { what: 'an absolute path', read: readAbsolutePath, good: [['/a/', '/a']], bad: ['', 'a', '/', './a'] },
  { what: 'a text', read: readText, good: [['x', 'x']], bad: [''] },
  { what: 'a node id', read: readNodeId, good: [['n'.repeat(256), 'n'.repeat(256)]], bad: ['', 'n'.repeat(257), 'ü'.repeat(129)] },
  {
    what: 'a switch',
    read: readSwitch,
    good: [
      ['true', true],
      ['T', true],
      ['1', true],
      ['False', false],
    ],
    bad: ['', 'yes', 'tRUE'],
  },
  {
    what: 'a whole number',
    read: readWholeNumber,
    good: [
      ['0', 0],
      ['10', 10],
    ],
    bad: ['', '-1', '1.0', '1e3', '0x1', ' 1'],
  },
  {
    what: 'a number',
    read: readNumber,
    good: [
      ['0.5', 0.5],
      ['20', 20],
    ],
    bad: ['', '-1', '.5', '1.', 'NaN', 'Infinity'],
  },
  { what: 'a duration', read: readDuration, good: [['1h30m', 5_400_000]], bad: ['', '0s', '-1s', '1d', '30'] },
];

for (const { what, read, good, bad } of cases) {
  describe(what, () => {
    for (const [text, value] of good) {
      it(`takes ${JSON.stringify(text)}`, () => assert.deepEqual(read(text), { kind: 'value', value }));
    }
    for (const text of bad) {
      it(`refuses ${JSON.stringify(text)} with a cure`, () => {
        const reading = read(text);
        assert.ok(reading.kind === 'wrong' && reading.why !== '' && reading.cure !== '', JSON.stringify(reading));
      });
    }
  });
}
