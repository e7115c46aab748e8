import { isIPv4, isIPv6 } from 'node:net';
import type { Wanted } from '../wanted.ts';
import { encode, TAG, type Element } from '../der.ts';

/** The context tags of GeneralName's choices that a pod can ask for (RFC 5280 section 4.2.1.6). */
const DNS_NAME = 0x82;
const URI = 0x86;
const IP_ADDRESS = 0x87;

/** One alternative name: what to call it in a message, and its bytes. */
export interface AlternativeName {
  readonly text: string;
  readonly der: Buffer;
}

/** The alternative names that `wanted` asks for, in the order DNS, IP, URI. */
export function wantedAlternativeNames(wanted: Wanted): readonly AlternativeName[] {
  return [
    ...wanted.dnsNames.map((name) => ({ text: `DNS:${name}`, der: encode(DNS_NAME, Buffer.from(name)) })),
    ...wanted.ipAddresses.map((address) => ({ text: `IP:${address}`, der: encode(IP_ADDRESS, addressBytes(address)) })),
    ...wanted.uris.map((uri) => ({ text: `URI:${uri}`, der: encode(URI, Buffer.from(uri)) })),
  ];
}

/** The value of the extension: a sequence of all names. */
export function encodeAlternativeNames(names: readonly AlternativeName[]): Buffer<ArrayBuffer> {
  return encode(TAG.sequence, ...names.map(({ der }) => der));
}

/** The value by which two names are compared: DNS names without regard to case (RFC 4343), everything else by its bytes. */
export function comparableName({ tag, content }: Pick<Element, 'tag' | 'content'>): string {
  const comparable = tag === DNS_NAME ? Buffer.from(content.toString('latin1').toLowerCase(), 'latin1') : content;
  return `${tag}:${comparable.toString('hex')}`;
}

/** How an alternative name of a certificate is called in a message. */
export function describeName({ tag, content }: Element): string {
  switch (tag) {
    case DNS_NAME:
      return `DNS:${content.toString('latin1')}`;
    case URI:
      return `URI:${content.toString('latin1')}`;
    case IP_ADDRESS:
      return `IP:${content.length === 4 ? content.join('.') : describeLongAddress(content)}`;
    default:
      return `another kind of name (context tag ${tag & 0x1f})`;
  }
}

/** As RFC 5952 writes it where it is an IPv6 address; whatever else an issuer wrote there, in groups of four digits. */
function describeLongAddress(content: Buffer): string {
  const groups = (content.toString('hex').match(/.{1,4}/g) ?? []).join(':');
  return isIPv6(groups) ? new URL(`http://[${groups}]`).hostname.slice(1, -1) : groups;
}

/** The address, canonical as {@link Wanted} has it, in network byte order. */
function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail] = address.split('::');
  const before = groupsOf(head);
  const after = groupsOf(tail ?? '');
  const gap = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return Buffer.from([...before, ...gap, ...after].map((group) => group.padStart(4, '0')).join(''), 'hex');
}

function groupsOf(text: string): readonly string[] {
  return text === '' ? [] : text.split(':');
}
