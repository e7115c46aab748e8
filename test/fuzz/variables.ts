import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { MAXIMUM_EXPANDED_BYTES } from '../../node-agent/spec/limits.ts';
import { PodVariables } from '../../node-agent/spec/pod-variables.ts';
import { expandVariables } from '../../node-agent/spec/variables.ts';
import { variable } from './grammar.ts';
import { flood, hostileText, near } from './hostile.ts';
import { type Subject, property } from './property.ts';
import { surroundings } from './request-inputs.ts';

const POD = { namespace: 'shop', name: 'web-0', uid: '5f3d2c9e', serviceAccount: 'web' };

const texts = fc.array(near(fc.oneof(variable, fc.constantFrom('.', 'a', 'x y', '-'))), { maxLength: 5 }).map((parts) => parts.join(''));

/** References to what is known of a pod. */
export const variables: Subject = {
  name: 'variables',
  properties: () => [
    property(
      'a text is refused with a cure, or expanded once into Unicode text of bounded length',
      {
        inputs: fc.tuple(fc.oneof({ weight: 12, arbitrary: texts }, flood), surroundings),
        weight: 4,
        reaches: ['expanded', 'refused', 'later'],
      },
      ([text, known]) => {
        // An attribute has been checked for this.
        const variables = new PodVariables(POD, known);
        const result = expandVariables(text.toWellFormed(), variables);
        if (result.kind === 'refused') {
          assert.ok(result.problems.every(({ why, cure }) => why !== '' && cure !== ''));
          return 'refused';
        }
        if (result.value === undefined) {
          assert.ok(variables.needsPod && known.pod === 'later');
          return 'later';
        }
        assert.ok(result.value.isWellFormed() && Buffer.byteLength(result.value) <= MAXIMUM_EXPANDED_BYTES);
        return 'expanded';
      },
    ),
    property(
      'a text without a dollar sign stays as it is',
      { inputs: hostileText.map((text) => text.replaceAll('$', '').toWellFormed()), weight: 2, reaches: ['same'] },
      (text) => {
        assert.deepEqual(expandVariables(text, new PodVariables(POD, { nodeName: 'n', pod: 'never', waitsForIp: false })), {
          kind: 'parsed',
          value: text,
        });
        return 'same';
      },
    ),
  ],
};
