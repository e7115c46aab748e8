import * as fc from 'fast-check';
import { COMBINED_PARTS } from '../../node-agent/contents.ts';
import { ATTRIBUTES, type AttributeName } from '../../node-agent/spec/attribute-table.ts';
import { KEY_USAGES } from '../../node-agent/wanted.ts';
import { csvLine, dnsNames, duration, fileName, ipAddresses, literalSubject, uris, variable } from './grammar.ts';
import { SECRET, flood, hostileText, mutated, near } from './hostile.ts';

const PEER = 'csi.cert-manager.io';

/** A name that somebody gave something. */
const freeText = fc.oneof(
  fc.constantFrom('ca', 'web', 'Issuer', 'ClusterIssuer', 'Zoë & Söhne', 'AWSPCAIssuer'),
  variable.map((text) => `${text}.shop`),
);
const truth = fc.constantFrom('true', 'false');
const usages = fc.subarray([...KEY_USAGES], { minLength: 1, maxLength: 6 }).map((list) => list.join(', '));

/** What a pod would write for each attribute that needs no other. */
const SOUND: Readonly<Partial<Record<AttributeName, fc.Arbitrary<string>>>> = {
  [`${PEER}/issuer-kind`]: freeText,
  [`${PEER}/issuer-group`]: fc.constantFrom('cert-manager.io', 'podcert.io', 'awspca.cert-manager.io'),
  [`${PEER}/common-name`]: freeText,
  [`${PEER}/literal-subject`]: literalSubject,
  [`${PEER}/organizations`]: csvLine,
  [`${PEER}/organizationalunits`]: csvLine,
  [`${PEER}/countries`]: csvLine,
  [`${PEER}/provinces`]: csvLine,
  [`${PEER}/localities`]: csvLine,
  [`${PEER}/streetaddresses`]: csvLine,
  [`${PEER}/postalcodes`]: csvLine,
  [`${PEER}/serialnumber`]: fc.constantFrom('1', 'Zoë', '$1'),
  [`${PEER}/dns-names`]: dnsNames,
  [`${PEER}/uri-sans`]: uris,
  [`${PEER}/ip-sans`]: ipAddresses,
  [`${PEER}/duration`]: duration,
  [`${PEER}/is-ca`]: truth,
  [`${PEER}/key-usages`]: usages,
  [`${PEER}/ca-file`]: fileName,
  [`${PEER}/certificate-file`]: fileName,
  [`${PEER}/privatekey-file`]: fileName,
  [`${PEER}/fs-group`]: fc.constantFrom('1', '2000', '4294967294', '0', '4294967295', '01'),
  [`${PEER}/renew-before`]: duration,
  [`${PEER}/reuse-private-key`]: truth,
  'podcert.io/verify': fc.constantFrom('strict', 'covers', 'key'),
  'podcert.io/wait-for': fc.constant('pod-ip'),
  'podcert.io/chain-file': fileName,
  'podcert.io/der': truth,
  'podcert.io/file-mode': fc.constantFrom('0400', '0440', '444', '440', '0644', '04444'),
};

/** Attributes and what a pod sets them to, as they come together. */
export type Pairs = readonly (readonly [name: string, value: string])[];

const single: fc.Arbitrary<Pairs> = fc.oneof(
  ...Object.entries(SOUND).map(([name, values]) => near(values, 30).map((value): Pairs => [[name, value]])),
);

/** Those that say something in company only. */
const keyBundle: fc.Arbitrary<Pairs> = fc
  .tuple(
    fc.constantFrom('RSA', 'ECDSA', 'ed25519', 'ecdsa', 'DSA'),
    near(fc.constantFrom('', '', '256', '384', '521', '2048', '8192', '8193')),
    fc.constantFrom('', 'PKCS8', 'pkcs1'),
  )
  .map(([algorithm, size, encoding]) => [
    [`${PEER}/key-algorithm`, algorithm],
    [`${PEER}/key-size`, size],
    [`${PEER}/key-encoding`, encoding],
  ]);

const combinedBundle: fc.Arbitrary<Pairs> = fc
  .tuple(near(fileName), near(fc.shuffledSubarray([...COMBINED_PARTS], { minLength: 1 }).map((parts) => parts.join(','))))
  .map(([file, order]) => [
    ['podcert.io/combined-file', file],
    ['podcert.io/combined-order', order],
  ]);

/** Passwords, each with {@link SECRET} in it and most of them sound. */
export const password: fc.Arbitrary<string> = near(fc.constantFrom('', 'pässwörd', ' ', '"', '\u{1f600}'.repeat(20))).map(
  (text) => `${SECRET}${text}`,
);

const keystoreBundle: fc.Arbitrary<Pairs> = fc
  .tuple(
    fc.constantFrom('true', 'true', 'false', ''),
    fc.oneof(
      password.map((text): Pairs[number] => [`${PEER}/pkcs12-password`, text]),
      near(fc.constantFrom('store', 'absent', '.')).map((key): Pairs[number] => ['podcert.io/pkcs12-password-key', key]),
    ),
    near(fileName),
    fc.constantFrom('', 'Modern', 'Legacy', 'legacy'),
    fc.oneof(fc.constant(''), near(fileName)),
  )
  .map(([isWanted, secret, file, profile, truststore]) => [
    [`${PEER}/pkcs12-enable`, isWanted],
    secret,
    [`${PEER}/pkcs12-filename`, file],
    ['podcert.io/pkcs12-profile', profile],
    ['podcert.io/truststore-file', truststore],
  ]);

/** Keys that nothing here reads, or is to. */
const strange: fc.Arbitrary<Pairs> = fc
  .tuple(
    fc.oneof(
      {
        weight: 3,
        arbitrary: fc.constantFrom(
          'policy.example/team',
          'plain',
          '__proto__',
          'constructor/x',
          'csi.storage.k8s.io/x',
          `a/${'b'.repeat(63)}`,
        ),
      },
      { weight: 1, arbitrary: mutated(fc.constantFrom(...Object.keys(ATTRIBUTES))) },
      { weight: 1, arbitrary: hostileText },
      { weight: 1, arbitrary: fc.constantFrom(`${PEER}/`, 'podcert.io/').chain((prefix) => hostileText.map((text) => prefix + text)) },
    ),
    hostileText,
  )
  .map((pair) => [pair]);

const flooded: fc.Arbitrary<Pairs> = fc
  .tuple(fc.constantFrom(...Object.keys(ATTRIBUTES).filter((name) => !name.endsWith('password'))), flood)
  .map((pair) => [pair]);

/** Up to six attributes or bundles of them, most of them sound. */
export const attributePairs: fc.Arbitrary<Pairs> = fc
  .array(
    fc.oneof(
      { weight: 40, arbitrary: single },
      { weight: 3, arbitrary: keyBundle },
      { weight: 3, arbitrary: combinedBundle },
      { weight: 6, arbitrary: keystoreBundle },
      { weight: 3, arbitrary: strange },
      { weight: 1, arbitrary: flooded },
    ),
    { maxLength: 6 },
  )
  .map((all) => all.flat());

/** The same, of what decides about files alone. */
export const filePairs: fc.Arbitrary<Pairs> = fc
  .array(
    fc.oneof(
      combinedBundle,
      keystoreBundle,
      ...(['ca-file', 'certificate-file', 'privatekey-file'] as const).map((name) =>
        near(fileName).map((text): Pairs => [[`${PEER}/${name}`, text]]),
      ),
      near(fileName).map((text): Pairs => [['podcert.io/chain-file', text]]),
      fc.constantFrom<Pairs>([['podcert.io/der', 'true']], [['podcert.io/file-mode', '0444']]),
    ),
    { maxLength: 5 },
  )
  .map((all) => all.flat());
