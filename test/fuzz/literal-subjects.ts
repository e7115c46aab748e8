import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { canonicalName, encodeName } from '../../node-agent/issuance/distinguished-name.ts';
import { parseLiteralSubject } from '../../node-agent/spec/literal-subject.ts';
import type { NameAttribute, RelativeName } from '../../node-agent/wanted.ts';
import { literalSubject } from './grammar.ts';
import { flood, hostileText, near } from './hostile.ts';
import { type Subject, property } from './property.ts';

/** RFC 4514 names. */
export const literalSubjects: Subject = {
  name: 'literal subjects',
  properties: () => [
    property(
      'a subject is refused with a cure, or means the same once it is written out again',
      { inputs: fc.oneof({ weight: 12, arbitrary: near(literalSubject, 2) }, flood), weight: 8, reaches: ['accepted', 'refused'] },
      (text) => {
        const result = parseLiteralSubject(text);
        if (result.kind === 'refused') {
          assert.ok(result.problems.every(({ why, cure }) => why !== '' && cure !== ''));
          return 'refused';
        }
        assert.ok(result.value.length > 0 && result.value.every((name) => name.length > 0));
        assert.deepEqual(parseLiteralSubject(write(result.value)), result);
        // What a certificate would hold of it can be read again.
        assert.equal(canonicalName(encodeName(result.value)), canonicalName(Buffer.from(encodeName(result.value))));
        return 'accepted';
      },
    ),
    property(
      'a text that is escaped as RFC 4514 section 2.4 says comes back as it was',
      { inputs: hostileText, weight: 3, reaches: ['accepted'] },
      (text) => {
        const result = parseLiteralSubject(write([[{ oid: '2.5.4.10', value: { kind: 'text', text } }]]));
        if (text === '' || text.includes('\0') || !text.isWellFormed()) return 'not for a name';
        assert.deepEqual(result, { kind: 'parsed', value: [[{ oid: '2.5.4.10', value: { kind: 'text', text } }]] });
        return 'accepted';
      },
    ),
  ],
};

function write(subject: readonly RelativeName[]): string {
  return subject
    .toReversed()
    .map((name) => name.map(writeAttribute).join('+'))
    .join(',');
}

function writeAttribute({ oid, value }: NameAttribute): string {
  if (value.kind === 'ber') return `${oid}=#${Buffer.from(value.bytes).toString('hex')}`;
  // Whatever might be trimmed or mean something, in hexadecimal pairs.
  return `${oid}=${value.text.replaceAll(/[^A-Za-z0-9]/gu, (character) => Buffer.from(character).toString('hex').replaceAll(/../g, '\\$&'))}`;
}
