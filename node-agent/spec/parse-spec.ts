import type { Problem } from '../errors.ts';
import type { PublishRequest } from '../ports.ts';
import type { VolumeId } from '../volume-id.ts';
import {
  type AskedOfIssuer,
  type IssuerReference,
  KEY_USAGES,
  type KeyUsage,
  type PodReference,
  type Verification,
  type Wanted,
} from '../wanted.ts';
import { type AlternativeNames, listOf, parseAlternativeNames } from './alternative-names.ts';
import { AttributeReader } from './attribute-reader.ts';
import { type OwnFiles, parseFiles } from './files.ts';
import { groupId } from './group-id.ts';
import { parseKeySpec } from './key-spec.ts';
import { keyword, parseBoolean } from './keyword.ts';
import { checkLimits, limitProblems } from './limits.ts';
import { type OtherKeys, parseOtherKeys } from './other-keys.ts';
import { type Parsed, all, parsed, refused } from './parsed.ts';
import { STAND_IN, parsePod } from './pod.ts';
import { PodVariables } from './pod-variables.ts';
import { parsePositiveDuration } from './positive-duration.ts';
import { type RequestFields, parseRequestFields } from './request-fields.ts';
import { parseSubject } from './subject.ts';
import type { Surroundings } from './surroundings.ts';
import type { VolumeSpec } from './volume-spec.ts';
import { type WaitFor, parseWaitFor, withWait } from './wait-for.ts';

/** A volume's id and spec, or all problems of the request, of which at most 50 are shown. */
export type ParsedSpec =
  | { readonly kind: 'parsed'; readonly volumeId: VolumeId; readonly spec: VolumeSpec }
  | { readonly kind: 'refused'; readonly problems: readonly Problem[]; readonly understood: Understood };

/** As much of a refused request as an issuer can judge, so that what it would refuse is told in the same answer. */
export interface Understood extends AskedOfIssuer {
  readonly issuer?: IssuerReference;
}

/** What the pod's attributes say, before the pod itself and the request's own fields are added. */
type Asked = Omit<VolumeSpec, 'pod' | 'selinuxLabel' | 'needsPod'>;

interface Parts extends Omit<Asked, 'files' | 'renewBeforeMs' | 'waitFor' | keyof OtherKeys> {
  readonly files: OwnFiles;
  readonly others: OtherKeys;
  readonly fsGroup: number | undefined;
  readonly renewBeforeMs: number | undefined;
  readonly waitFor: WaitFor | undefined;
}

const VERIFICATIONS: readonly Verification[] = ['strict', 'covers', 'key'];

/**
 * What a pod asks for, or everything that is wrong with it at once. Needs nothing that is not stored (`storableAttributes`,
 * `storableSecrets`), so that a stored request gives the same spec after a restart.
 */
export function parseSpec(request: PublishRequest, known: Surroundings): ParsedSpec {
  const pod = parsePod(request.attributes);
  const limits = checkLimits(request.attributes);
  const surroundings = withWait(known, request.attributes);
  const variables = new PodVariables(pod.kind === 'parsed' ? pod.value : STAND_IN, surroundings);
  const reader = new AttributeReader(request.attributes, variables);
  const parts = all<{ fields: RequestFields; pod: PodReference; asked: Asked }>({
    fields: parseRequestFields(request),
    pod,
    asked: limits.kind === 'refused' ? limits : parseAsked(reader, request, surroundings),
  });
  if (parts.kind === 'refused') return { kind: 'refused', problems: limitProblems(parts.problems), understood: understand(reader) };
  const { fields, asked } = parts.value;
  const files = fields.mountGroup === undefined ? asked.files : { fsGroup: fields.mountGroup, ...asked.files };
  const label = fields.selinuxLabel === undefined ? {} : { selinuxLabel: fields.selinuxLabel };
  const spec = { ...asked, ...label, pod: parts.value.pod, files, needsPod: variables.needsPod };
  return { kind: 'parsed', volumeId: fields.volumeId, spec };
}

function parseAsked(reader: AttributeReader, { attributes, secrets }: PublishRequest, surroundings: Surroundings): Parsed<Asked> {
  const parts = all<Parts>({
    issuer: parseIssuer(reader),
    wanted: parseWanted(reader),
    key: parseKeySpec(reader),
    verification: reader.read('podcert.io/verify', keyword(VERIFICATIONS)),
    files: parseFiles(reader, secrets),
    fsGroup: reader.read('csi.cert-manager.io/fs-group', groupId(1)),
    renewBeforeMs: reader.read('csi.cert-manager.io/renew-before', parsePositiveDuration),
    reusePrivateKey: reader.read('csi.cert-manager.io/reuse-private-key', parseBoolean),
    waitFor: parseWaitFor(reader, surroundings),
    others: parseOtherKeys(attributes),
  });
  if (parts.kind === 'refused') return parts;
  const { files, fsGroup, renewBeforeMs, waitFor, others, ...asked } = parts.value;
  return parsed({
    ...asked,
    ...others,
    files: fsGroup === undefined ? files : { ...files, fsGroup },
    ...(renewBeforeMs === undefined ? {} : { renewBeforeMs }),
    ...(waitFor && { waitFor }),
  });
}

function understand(reader: AttributeReader): Understood {
  const [issuer, isCa, usages] = [parseIssuer(reader), parseIsCa(reader), parseUsages(reader)];
  return {
    ...(issuer.kind === 'parsed' && { issuer: issuer.value }),
    ...(isCa.kind === 'parsed' && { isCa: isCa.value }),
    ...(usages.kind === 'parsed' && { usages: usages.value }),
  };
}

function parseIssuer(reader: AttributeReader): Parsed<IssuerReference> {
  return all<IssuerReference>({
    name: parseIssuerName(reader),
    kind: reader.read('csi.cert-manager.io/issuer-kind', parsed),
    group: reader.read('csi.cert-manager.io/issuer-group', parsed),
  });
}

function parseIssuerName(reader: AttributeReader): Parsed<string> {
  const field = 'csi.cert-manager.io/issuer-name';
  const name = reader.read(field, parsed);
  if (name.kind === 'refused' || name.value === undefined) {
    return refused({ field, why: 'is missing', cure: 'write the name of the issuer that shall sign' });
  }
  return parsed(name.value);
}

function parseWanted(reader: AttributeReader): Parsed<Wanted> {
  const parts = all<Omit<Wanted, keyof AlternativeNames> & { names: AlternativeNames }>({
    subject: parseSubject(reader),
    names: parseAlternativeNames(reader),
    durationMs: reader.read('csi.cert-manager.io/duration', parsePositiveDuration),
    isCa: parseIsCa(reader),
    usages: parseUsages(reader),
  });
  if (parts.kind === 'refused') return parts;
  const { names, ...wanted } = parts.value;
  return parsed({ ...wanted, ...names });
}

function parseIsCa(reader: AttributeReader): Parsed<boolean> {
  return reader.read('csi.cert-manager.io/is-ca', parseBoolean);
}

function parseUsages(reader: AttributeReader): Parsed<readonly KeyUsage[]> {
  return reader.read('csi.cert-manager.io/key-usages', listOf(keyword(KEY_USAGES)));
}
