import { KEYSTORE_PROFILES, type Keystores, type KeystoreProfile } from '../contents.ts';
import type { Problem } from '../errors.ts';
import type { AttributeReader } from './attribute-reader.ts';
import { parseFileName } from './file-names.ts';
import { keyword, parseBoolean } from './keyword.ts';
import { MAXIMUM_PASSWORD_BYTES } from './limits.ts';
import { type Fault, type Parsed, all, parsed, refused } from './parsed.ts';
import { KEYSTORE_SWITCH, PASSWORD, PASSWORD_KEY } from './raw-attributes.ts';

interface Parts {
  readonly isWanted: boolean | undefined;
  readonly file: string;
  readonly password: string | undefined;
  readonly profile: KeystoreProfile;
  readonly truststoreFile: string | undefined;
  readonly alone: undefined;
}

/** The keystores of a volume; undefined where there are to be none. The password is in an attribute or in `secrets`, and no problem shows it. */
export function parseKeystores(reader: AttributeReader, secrets: Readonly<Record<string, string>>): Parsed<Keystores | undefined> {
  const parts = all<Parts>({
    isWanted: reader.read(KEYSTORE_SWITCH, parseBoolean),
    file: reader.read('csi.cert-manager.io/pkcs12-filename', parseFileName),
    password: reader.given(KEYSTORE_SWITCH) === undefined ? parsed(undefined) : parsePassword(reader, secrets),
    profile: reader.read('podcert.io/pkcs12-profile', keyword(KEYSTORE_PROFILES)),
    truststoreFile: reader.read('podcert.io/truststore-file', parseFileName),
    alone: reader.refuseWithout(KEYSTORE_SWITCH, [
      'csi.cert-manager.io/pkcs12-filename',
      PASSWORD,
      PASSWORD_KEY,
      'podcert.io/pkcs12-profile',
      'podcert.io/truststore-file',
    ]),
  });
  if (parts.kind === 'refused') return parts;
  const { isWanted, file, password, profile, truststoreFile } = parts.value;
  if (isWanted !== true || password === undefined) return parsed(undefined);
  return parsed({ file, password, profile, ...(truststoreFile !== undefined && { truststoreFile }) });
}

/** The password; required also where `pkcs12-enable` is `false`, as in csi-driver. Variables in it are not expanded. */
function parsePassword(reader: AttributeReader, secrets: Readonly<Record<string, string>>): Parsed<string> {
  const [password, hasKey] = [reader.given(PASSWORD), reader.given(PASSWORD_KEY) !== undefined];
  if (password !== undefined && hasKey) {
    return refused({ field: PASSWORD_KEY, why: 'names a second password', cure: `remove it, or ${PASSWORD}` });
  }
  if (hasKey) return parseSecretPassword(reader, secrets);
  if (password !== undefined) return judgePassword(password, { field: PASSWORD });
  const cure = `write it here, or name in ${PASSWORD_KEY} its key of the Secret that nodePublishSecretRef names`;
  return refused({ field: PASSWORD, why: `is missing, and ${KEYSTORE_SWITCH} needs it`, cure });
}

function parseSecretPassword(reader: AttributeReader, secrets: Readonly<Record<string, string>>): Parsed<string> {
  const key = reader.read(PASSWORD_KEY, parseSecretKey);
  if (key.kind === 'refused') return key;
  const { value = '' } = key;
  const place = { field: PASSWORD_KEY, value };
  if (Object.hasOwn(secrets, value)) return judgePassword(secrets[value] ?? '', place);
  const cure = 'set nodePublishSecretRef in the csi section of the pod’s volume, to a Secret that has the password under this key';
  return refused({ ...place, why: 'is no key of a Secret that came with the request', cure });
}

/** Kubernetes' own rule for the keys of a Secret; none is the key of kubelet's tokens, which has a slash. */
function parseSecretKey(text: string): Parsed<string, Fault> {
  if (/^[-._a-zA-Z0-9]{1,253}$/.test(text)) return parsed(text);
  return refused({ why: 'cannot be a key of a Secret', cure: 'write letters, digits, "-", "_" and "." only' });
}

/** @param place the attribute, and what may be shown of it. */
function judgePassword(password: string, place: Pick<Problem, 'field' | 'value'>): Parsed<string> {
  const cure = `take one of 1 to ${MAXIMUM_PASSWORD_BYTES} bytes without control characters`;
  const rules: readonly (readonly [isBroken: boolean, why: string])[] = [
    [password === '', 'gives an empty password'],
    [Buffer.byteLength(password) > MAXIMUM_PASSWORD_BYTES, `gives a password of more than ${MAXIMUM_PASSWORD_BYTES} bytes`],
    [/\p{Cc}/u.test(password), 'gives a password with a control character, such as a line break at its end'],
    [!password.isWellFormed(), 'gives a password that is not Unicode text'],
  ];
  const why = rules.find(([isBroken]) => isBroken)?.[1];
  return why === undefined ? parsed(password) : refused({ ...place, why, cure });
}
