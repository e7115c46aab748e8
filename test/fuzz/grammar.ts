import * as fc from 'fast-check';

/** Sound texts of each notation that attributes are written in, for properties to begin from. */

const word = fc.constantFrom(
  'a',
  'web',
  'Example Ltd',
  'Zoë',
  '日本',
  'x-1',
  "o'neill",
  'A+B',
  'a"b',
  'c,d',
  'e\nf',
  ' lead',
  'trail ',
  '\u{1f600}',
);

/** Go durations, from a nanosecond up to what 64 bits hold. */
export const duration: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '24h',
    '1h30m',
    '90s',
    '1.5h',
    '2160h',
    '1ns',
    '0.000001ms',
    '2562047h47m16.854775807s',
    '+3h',
    '1h1h',
    '.5s',
    '3.s',
    '1us',
    '2µs',
    '2μs',
  ),
  fc
    .array(fc.tuple(fc.nat(10_000), fc.option(fc.nat(999_999)), fc.constantFrom('ns', 'us', 'µs', 'ms', 's', 'm', 'h')), {
      minLength: 1,
      maxLength: 4,
    })
    .map((terms) => terms.map(([whole, part, unit]) => `${whole}${part === null ? '' : `.${part}`}${unit}`).join('')),
);

/** One line of CSV, its items quoted as they need it and sometimes where they do not. */
export const csvLine: fc.Arbitrary<string> = fc
  .tuple(fc.array(fc.tuple(word, fc.boolean()), { minLength: 1, maxLength: 6 }), fc.constantFrom('', '\n', '\r\n', '\n\n'))
  .map(
    ([items, end]) =>
      `${items.map(([text, quoted]) => (quoted || /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)).join(',')}${end}`,
  );

const nameType = fc.constantFrom(
  'C',
  'O',
  'OU',
  'CN',
  'SERIALNUMBER',
  'L',
  'ST',
  'STREET',
  'DC',
  'UID',
  '2.5.4.3',
  '1.3.6.1.4.1.311.20.2.3',
  '2.999.2147483647',
  '0.9.2342.19200300.100.1.25',
);

const nameValue = fc.oneof(
  { weight: 4, arbitrary: word.map((text) => text.replaceAll(/[\\"+,;<>]|^[ #]| $/g, '\\$&')) },
  fc.constantFrom(
    '#0c0141',
    '#1303616263',
    '#3003020101',
    '#1e0400410042',
    '#1403616263',
    '#020101',
    `#0c8180${'41'.repeat(128)}`,
    `#30820104${'0c0041'.slice(0, 4).repeat(130)}`,
    '#310c300a06035504030c0357656c',
    '\\C4\\8Di\\C4\\87',
    'James \\"Jim\\" Smith\\, III',
    'a\\20',
    '\\#x',
  ),
  word.map((text) => Buffer.from(text).toString('hex').replaceAll(/../g, '\\$&')),
);

/** RFC 4514, with multi-valued RDNs, both separators, dotted types and BER values. */
export const literalSubject: fc.Arbitrary<string> = fc
  .array(fc.tuple(nameType, nameValue, fc.constantFrom(',', ';', '+', ' , ')), { minLength: 1, maxLength: 6 })
  .map((parts) => parts.map(([type, value, separator], index) => `${index === 0 ? '' : separator}${type}=${value}`).join(''));

const dnsName = fc.constantFrom(
  'web.example',
  '*.example',
  '_acme.example',
  'localhost',
  'xn--mnchen-3ya.example',
  'A.EXAMPLE',
  `${'a'.repeat(63)}.example`,
);
const ipAddress = fc.constantFrom(
  '192.0.2.7',
  '0.0.0.0',
  '::',
  '::1',
  '2001:db8::7',
  '::ffff:192.0.2.1',
  '2001:DB8:0:0:1::',
  '1:2:3:4:5:6:7:8',
  '64:ff9b::192.0.2.33',
);
const uri = fc.oneof(
  fc.constantFrom(
    'spiffe://cluster.local/ns/shop/sa/web',
    'https://a.example:8443/p?q=1#f',
    'urn:uuid:f81d4fae',
    'HTTP://[::1]:80/ä',
    'mailto:a@b',
    'x:?',
    'a://u:p@h/%41',
    'https://a.example/${POD_LABEL:app}',
  ),
  fc.webUrl(),
);

/** A reference to something that is known of the pod. */
export const variable = fc.constantFrom(
  '$POD_NAME',
  '${POD_NAMESPACE}',
  '$POD_UID',
  '${SERVICE_ACCOUNT_NAME}',
  '$NODE_NAME',
  '$POD_IP',
  '$POD_IPS',
  '${POD_LABEL:app}',
  '${POD_ANNOTATION:example.com/x}',
);

/** A comma list of one to five items, one of them perhaps from a variable. */
function listOf(items: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .array(fc.oneof({ weight: 12, arbitrary: items }, { weight: 1, arbitrary: variable }), { minLength: 1, maxLength: 5 })
    .map((list) => list.join(', '));
}

export const dnsNames: fc.Arbitrary<string> = listOf(dnsName);
export const ipAddresses: fc.Arbitrary<string> = listOf(ipAddress);
export const uris: fc.Arbitrary<string> = listOf(uri);

/** Plain names, the longest and the oddest that are one. */
export const fileName = fc.constantFrom(
  'tls.crt',
  'tls.key',
  'ca.crt',
  'a',
  '.hidden',
  'a b',
  'ü',
  '\u{1f600}',
  'x'.repeat(255),
  '-rf',
  '...'.slice(2),
  'key.der',
  'keystore.p12',
  '$POD_NAME',
  '__proto__',
  'a\nb',
  '\u202etxt',
  'TLS.KEY',
  '…',
  'a..',
  'e\u0301',
  'é',
);
