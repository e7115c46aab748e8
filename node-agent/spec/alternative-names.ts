import type { Wanted } from '../wanted.ts';
import type { AttributeReader, TextParser } from './attribute-reader.ts';
import { splitCommaList } from './comma-list.ts';
import { parseDnsName } from './dns-name.ts';
import { parseIpAddress } from './ip-address.ts';
import { MAXIMUM_ALTERNATIVE_NAMES } from './limits.ts';
import { type Parsed, all, each, parsed, refused } from './parsed.ts';
import { parseUri } from './uri.ts';

/** The part of what is wanted that the `*-names` and `*-sans` attributes say. */
export type AlternativeNames = Pick<Wanted, 'dnsNames' | 'ipAddresses' | 'uris'>;

/** The subject alternative names: variables are expanded before a list is split. */
export function parseAlternativeNames(reader: AttributeReader): Parsed<AlternativeNames> {
  const lists = all<{ dns: readonly string[] | undefined; uri: readonly string[] | undefined; ip: readonly string[] | undefined }>({
    dns: reader.readExpanded('csi.cert-manager.io/dns-names', parseDnsNames),
    uri: reader.readExpanded('csi.cert-manager.io/uri-sans', listOf(parseUri)),
    ip: reader.readExpanded('csi.cert-manager.io/ip-sans', listOf(parseIpAddress)),
  });
  if (lists.kind === 'refused') return lists;
  const { dns = [], uri = [], ip = [] } = lists.value;
  const count = dns.length + uri.length + ip.length;
  if (count <= MAXIMUM_ALTERNATIVE_NAMES) return parsed({ dnsNames: dns, ipAddresses: ip, uris: uri });
  return refused({
    field: 'csi.cert-manager.io/dns-names, uri-sans and ip-sans',
    why: `are ${count} names together, and ${MAXIMUM_ALTERNATIVE_NAMES} are allowed`,
    cure: 'spread them over several volumes, or use a wildcard',
  });
}

/** An empty item is dropped; the peer asks for a certificate with an empty name. */
const parseDnsNames: TextParser<readonly string[]> = (text) => {
  const items = splitCommaList(text);
  if (items.kind === 'refused') return items;
  const names = items.value.filter((item) => item !== '');
  return each(names, parseDnsName);
};

/** Parses a comma list with `parse` for its items, none of which may be empty. */
export function listOf<T>(parse: TextParser<T>): TextParser<readonly T[]> {
  const parseItem: TextParser<T> = (item) =>
    item === '' ? refused({ why: 'has an empty item', cure: 'remove the comma that nothing follows' }) : parse(item);
  return (text) => {
    const items = splitCommaList(text);
    return items.kind === 'parsed' ? each(items.value, parseItem) : items;
  };
}
