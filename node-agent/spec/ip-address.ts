import { isIPv4, isIPv6 } from 'node:net';
import { type Fault, type Parsed, parsed, refused } from './parsed.ts';

/**
 * An address in its canonical form: IPv4 dotted, IPv6 as RFC 5952 section 4 writes it. An IPv4-mapped IPv6 address becomes the
 * IPv4 address: issuers written in Go put four bytes into the certificate for either.
 */
export function parseIpAddress(text: string): Parsed<string, Fault> {
  if (isIPv4(text)) return parsed(text);
  // isIPv6 takes a zone (`fe80::1%eth0`), which means nothing outside one host.
  if (!isIPv6(text) || text.includes('%')) {
    return refused({ value: text, why: 'is not an IP address', cure: 'write one such as "192.0.2.7" or "2001:db8::7"' });
  }
  // The URL Standard's IPv6 serializer writes what RFC 5952 asks for, save that it keeps mapped addresses in hexadecimal.
  const canonical = new URL(`http://[${text}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical);
  return parsed(mapped === null ? canonical : dotted(mapped[1] ?? '', mapped[2] ?? ''));
}

function dotted(high: string, low: string): string {
  return [...Buffer.from(high.padStart(4, '0') + low.padStart(4, '0'), 'hex')].join('.');
}
