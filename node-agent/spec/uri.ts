import { isIPv6 } from 'node:net';
import { type Fault, type Parsed, parsed, refused } from './parsed.ts';

const PARTS = /^([A-Za-z][A-Za-z0-9+.-]*):(?:\/\/([^/?#]*))?([^?#]*)(\?[^#]*)?(#.*)?$/s;
const USER = /^[A-Za-z0-9._~!$&'()*+;=:%-]*@/;
const HOST = /^(?:[A-Za-z0-9_~!$&'()*+;=-]+(?:\.[A-Za-z0-9_~!$&'()*+;=-]+)*)?$/;

/**
 * An absolute URI for a certificate (RFC 3986; RFC 5280 section 4.2.1.6 asks for a scheme and something after it): the scheme
 * in lower case, what may not stand there percent-encoded as UTF-8, all else as given.
 */
export function parseUri(text: string): Parsed<string, Fault> {
  const fail = (why: string, cure: string) => refused({ value: text, why, cure });
  if (/\p{Cc}/u.test(text)) return fail('has a control character within', 'put a comma between URIs');
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) return fail('has a "%" that no two hexadecimal digits follow', 'write "%25" for "%"');
  const match = PARTS.exec(text);
  if (match === null) return fail('is not an absolute URI', 'begin it with a scheme, such as "spiffe://" or "https://"');
  const [, scheme = '', authority, path = '', query, fragment] = match;
  if (!authority && path === '') return fail('has neither a host nor a path', 'write a whole URI, such as "spiffe://cluster.local/web"');
  if (authority !== undefined && !isAuthority(authority)) {
    return fail(
      'has a host that no certificate can carry',
      'write a DNS name (punycode where it is not ASCII) or an IP address in its place',
    );
  }
  const before = authority === undefined ? '' : `//${authority}`;
  const after = `${encode(path)}${query === undefined ? '' : `?${encode(query.slice(1))}`}`;
  return parsed(`${scheme.toLowerCase()}:${before}${after}${fragment === undefined ? '' : `#${encode(fragment.slice(1))}`}`);
}

function isAuthority(text: string): boolean {
  const host = /^(\[.*\]|[^:]*)(?::[0-9]*)?$/s.exec(text.replace(USER, ''))?.[1];
  if (host === undefined) return false;
  return host.startsWith('[') ? isIPv6(host.slice(1, -1)) && !host.includes('%') : HOST.test(host);
}

/** Encodes what a path, query or fragment may not hold; what is encoded already stays. */
function encode(part: string): string {
  return part.replaceAll(/[^A-Za-z0-9._~!$&'()*+,;=:@/?%-]/gu, (character) => encodeURIComponent(character));
}
