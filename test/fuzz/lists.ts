import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import * as fc from 'fast-check';
import { encodeAlternativeNames, wantedAlternativeNames } from '../../node-agent/issuance/general-names.ts';
import { decode, decodeAll } from '../../node-agent/der.ts';
import { listOf } from '../../node-agent/spec/alternative-names.ts';
import type { TextParser } from '../../node-agent/spec/attribute-reader.ts';
import { parseCsvLine } from '../../node-agent/spec/csv-line.ts';
import { parseDnsName } from '../../node-agent/spec/dns-name.ts';
import { parseIpAddress } from '../../node-agent/spec/ip-address.ts';
import { parseUri } from '../../node-agent/spec/uri.ts';
import { csvLine, dnsNames, ipAddresses, uris } from './grammar.ts';
import { flood, hostileText, near } from './hostile.ts';
import { type Property, type Subject, property } from './property.ts';

/** CSV lines, and comma lists of names. */
export const lists: Subject = {
  name: 'lists of names',
  properties: () => [
    property(
      'a CSV line is refused with a cure, or its items come back once they are quoted',
      { inputs: fc.oneof({ weight: 12, arbitrary: near(csvLine, 3) }, flood), weight: 5, reaches: ['accepted', 'refused'] },
      (text) => {
        const result = parseCsvLine(text);
        if (result.kind === 'refused') return told(result.problems);
        assert.deepEqual(parseCsvLine(quote(result.value)), result);
        return 'accepted';
      },
    ),
    property(
      'items that are quoted as RFC 4180 says come back as they were',
      { inputs: fc.array(hostileText, { minLength: 1, maxLength: 6 }), weight: 2, reaches: ['accepted'] },
      (items) => {
        // Go's reader, and so this one, takes both ends of a line for one.
        const value = items.map((item) => item.replaceAll('\r\n', '\n'));
        assert.deepEqual(parseCsvLine(quote(items)), { kind: 'parsed', value });
        return 'accepted';
      },
    ),
    names('DNS names', dnsNames, parseDnsName, (text) => assert.match(text, /^[\x21-\x7e]{1,253}$/)),
    names('IP addresses', ipAddresses, parseIpAddress, (text) => {
      assert.ok(isIP(text) > 0);
      assert.deepEqual(parseIpAddress(text), { kind: 'parsed', value: text });
      const wanted = { subject: [], dnsNames: [], ipAddresses: [text], uris: [], durationMs: 1, isCa: false, usages: [] };
      const [name] = decodeAll(decode(encodeAlternativeNames(wantedAlternativeNames(wanted))).content);
      assert.equal(name?.content.length, isIP(text) === 4 ? 4 : 16);
    }),
    names('URIs', uris, parseUri, (text) => {
      assert.match(text, /^[a-z][a-z0-9+.-]*:[\x21-\x7e]+$/);
      assert.deepEqual(parseUri(text), { kind: 'parsed', value: text });
    }),
  ],
};

/** Lists of which `require` says what each item must be. */
function names(what: string, sound: fc.Arbitrary<string>, parse: TextParser<string>, require: (text: string) => void): Property {
  const parseList = listOf(parse);
  const inputs = fc.oneof({ weight: 12, arbitrary: near(sound, 4) }, flood);
  return property(
    `a list of ${what} is refused with a cure, or each is as a certificate can carry it`,
    { inputs, weight: 4, reaches: ['accepted', 'refused'] },
    (text) => {
      // An attribute has been checked for this.
      const result = parseList(text.toWellFormed());
      if (result.kind === 'refused') return told(result.problems);
      for (const item of result.value) require(item);
      return 'accepted';
    },
  );
}

function told(problems: readonly { readonly why: string; readonly cure: string }[]): string {
  assert.ok(problems.length > 0 && problems.every(({ why, cure }) => why !== '' && cure !== ''));
  return 'refused';
}

function quote(items: readonly string[]): string {
  return items.map((item) => `"${item.replaceAll('"', '""')}"`).join(',');
}
