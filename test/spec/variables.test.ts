import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAXIMUM_EXPANDED_BYTES } from '../../node-agent/spec/limits.ts';
import { expandVariables, podVariables } from '../../node-agent/spec/variables.ts';

const variables = podVariables({ name: 'web', namespace: 'shop', uid: '5f3d', serviceAccount: 'seller' });

describe('variables', () => {
  const expanded: readonly (readonly [text: string, result: string])[] = [
    ['$POD_NAME.$POD_NAMESPACE', 'web.shop'],
    ['${POD_UID}${SERVICE_ACCOUNT_NAME}', '5f3dseller'],
    ['a$POD_NAME-b', 'aweb-b'],
    ['$', '$'],
    ['a$', 'a$'],
    ['$ $.$/$,$"$\n$}$ü$\0', '$ $.$/$,$"$\n$}$ü$\0'],
    ['no variable', 'no variable'],
    ['}{POD_NAME', '}{POD_NAME'],
  ];
  for (const [text, result] of expanded) {
    it(`make ${JSON.stringify(result)} of ${JSON.stringify(text)}`, () =>
      assert.deepEqual(expandVariables(text, variables), { kind: 'parsed', value: result }));
  }

  // What Go's os.Expand takes for names, shell specials included, is refused; so is what it swallows without a word.
  const refused = [
    '$$',
    '$1',
    '$0',
    '$*',
    '$#',
    '$@',
    '$!',
    '$?',
    '$-',
    '${}',
    '${1}',
    '${ POD_NAME}',
    '${POD_NAME',
    '${',
    '$POD_NAMES',
    '$pod_name',
  ];
  for (const reference of [...refused, '$_', '${__proto__}', '$constructor', '${POD-NAME}']) {
    it(`are not ${reference}`, () => {
      const result = expandVariables(`a ${reference}`, variables);
      const problems = result.kind === 'refused' ? result.problems : [];
      assert.deepEqual(
        problems.map(({ value }) => value),
        [reference],
      );
      assert.match(problems[0]?.cure ?? '', /\$POD_NAME, \$POD_NAMESPACE, \$POD_UID, \$SERVICE_ACCOUNT_NAME/);
    });
  }

  it('are all reported when several are unknown', () => {
    const result = expandVariables('$A.${B}.$POD_NAME', variables);
    assert.deepEqual(result.kind === 'refused' && result.problems.map(({ value }) => value), ['$A', '${B}']);
  });

  it('are not expanded again where one brings a reference in', () => {
    assert.deepEqual(expandVariables('$A', new Map([['A', '$A${A}']])), { kind: 'parsed', value: '$A${A}' });
  });

  it('cannot blow a text up beyond its limit', () => {
    const long = podVariables({ name: 'a'.repeat(253), namespace: 'b', uid: 'c', serviceAccount: 'd' });
    const fitting = '$POD_NAME'.repeat(Math.floor(MAXIMUM_EXPANDED_BYTES / 253));
    assert.equal(expandVariables(fitting, long).kind, 'parsed');
    assert.equal(expandVariables(`${fitting}$POD_NAME`, long).kind, 'refused');
  });
});
