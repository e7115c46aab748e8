import type { RelativeName } from '../wanted.ts';
import type { AttributeReader } from './attribute-reader.ts';
import { parseCsvLine } from './csv-line.ts';
import { MAXIMUM_SUBJECT_VALUES } from './limits.ts';
import { parseLiteralSubject } from './literal-subject.ts';
import { NAME_TYPES, parseNameText, tooManyValues } from './name-attribute.ts';
import { type Fault, type Parsed, each, parsed, refused } from './parsed.ts';

/**
 * The subject: the literal one, and then the attributes that it replaces are not even looked at, or C ST L STREET postalCode O
 * OU CN serialNumber, with all values of one type in one RDN, as in the peer.
 */
export function parseSubject(reader: AttributeReader): Parsed<readonly RelativeName[]> {
  const name = 'csi.cert-manager.io/literal-subject';
  const literal = reader.readExpanded(name, parseLiteralSubject);
  if (literal.kind === 'refused') return literal;
  if (reader.given(name) !== undefined) return parsed(literal.value ?? []);
  const parts = each(
    [
      reader.readExpanded('csi.cert-manager.io/countries', csvOf(NAME_TYPES.C)),
      reader.readExpanded('csi.cert-manager.io/provinces', csvOf(NAME_TYPES.ST)),
      reader.readExpanded('csi.cert-manager.io/localities', csvOf(NAME_TYPES.L)),
      reader.readExpanded('csi.cert-manager.io/streetaddresses', csvOf(NAME_TYPES.STREET)),
      reader.readExpanded('csi.cert-manager.io/postalcodes', csvOf(NAME_TYPES.postalCode)),
      reader.readExpanded('csi.cert-manager.io/organizations', csvOf(NAME_TYPES.O)),
      reader.readExpanded('csi.cert-manager.io/organizationalunits', csvOf(NAME_TYPES.OU)),
      reader.readExpanded('csi.cert-manager.io/common-name', oneOf(NAME_TYPES.CN)),
      reader.read('csi.cert-manager.io/serialnumber', oneOf(NAME_TYPES.SERIALNUMBER)),
    ],
    (part) => part,
  );
  return parts.kind === 'parsed' ? parsed(parts.value.filter((name) => name !== undefined && name.length > 0) as RelativeName[]) : parts;
}

/** Empty items say nothing and are dropped; the peer writes empty values, which a name may not have. */
function csvOf(oid: string): (text: string) => Parsed<RelativeName, Fault> {
  return (text) => {
    const items = parseCsvLine(text);
    if (items.kind === 'refused') return items;
    const values = items.value.filter((item) => item !== '');
    if (values.length > MAXIMUM_SUBJECT_VALUES) return refused(tooManyValues(values.length));
    return each(values, (value) => parseNameText(oid, value));
  };
}

function oneOf(oid: string): (text: string) => Parsed<RelativeName, Fault> {
  return (text) => each([text], (item) => parseNameText(oid, item));
}
