import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAXIMUM_EXPANDED_BYTES } from '../../node-agent/spec/limits.ts';
import { PodVariables } from '../../node-agent/spec/pod-variables.ts';
import { parseSpec } from '../../node-agent/spec/parse-spec.ts';
import type { Surroundings } from '../../node-agent/spec/surroundings.ts';
import { expandVariables } from '../../node-agent/spec/variables.ts';
import { WITHOUT_IP, WITH_IPS } from '../support/told-pods.ts';
import { SURROUNDINGS, accepted, publishRequest, refusals } from './publish-request.ts';

const pod = { name: 'web', namespace: 'shop', uid: '5f3d', serviceAccount: 'seller' };
const variables = new PodVariables(pod, SURROUNDINGS);

function expandFor(object: Surroundings['pod'], text: string): unknown {
  return expandVariables(text, new PodVariables(pod, { ...SURROUNDINGS, pod: object }));
}

describe('variables', () => {
  const expanded: readonly (readonly [text: string, result: string])[] = [
    ['$POD_NAME.$POD_NAMESPACE', 'web.shop'],
    ['${POD_UID}${SERVICE_ACCOUNT_NAME}', '5f3dseller'],
    ['a$POD_NAME-b', 'aweb-b'],
    ['$NODE_NAME', 'node-7'],
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
  for (const reference of [
    ...refused,
    '$_',
    '${__proto__}',
    '$constructor',
    '${POD-NAME}',
    '$POD_LABEL',
    '${POD_LABEL}',
    '${POD_label:a}',
  ]) {
    it(`are not ${reference}`, () => {
      const result = expandVariables(`a ${reference}`, variables);
      const problems = result.kind === 'refused' ? result.problems : [];
      assert.deepEqual(
        problems.map(({ value }) => value),
        [reference],
      );
      assert.match(
        problems[0]?.cure ?? '',
        /\$POD_NAME, \$POD_NAMESPACE, \$POD_UID, \$SERVICE_ACCOUNT_NAME, \$NODE_NAME, \$POD_IP, \$POD_IPS, \$\{POD_LABEL:key\}, \$\{POD_ANNOTATION:key\}/,
      );
    });
  }

  it('are all reported when several are unknown', () => {
    const result = expandVariables('$A.${B}.$POD_NAME', variables);
    assert.deepEqual(result.kind === 'refused' && result.problems.map(({ value }) => value), ['$A', '${B}']);
  });

  it('are not expanded again where one brings a reference in', () => {
    const annotations = { a: '$POD_NAME${POD_ANNOTATION:a}' };
    assert.deepEqual(expandFor({ ...WITHOUT_IP, annotations }, '${POD_ANNOTATION:a}'), { kind: 'parsed', value: annotations.a });
  });

  it('cannot blow a text up beyond its limit', () => {
    const long = new PodVariables({ ...pod, name: 'a'.repeat(253) }, SURROUNDINGS);
    const fitting = '$POD_NAME'.repeat(Math.floor(MAXIMUM_EXPANDED_BYTES / 253));
    assert.equal(expandVariables(fitting, long).kind, 'parsed');
    assert.equal(expandVariables(`${fitting}$POD_NAME`, long).kind, 'refused');
  });
});

describe('variables of the pod’s object', () => {
  const object = {
    ...WITH_IPS,
    labels: { 'app.kubernetes.io/name': 'till', empty: '' },
    annotations: { 'example.com/names': 'a.example,b.example' },
  };

  it('stand for the label or annotation of that key', () => {
    assert.deepEqual(expandFor(object, '${POD_LABEL:app.kubernetes.io/name}-${POD_ANNOTATION:example.com/names}'), {
      kind: 'parsed',
      value: 'till-a.example,b.example',
    });
  });

  for (const reference of [
    '${POD_LABEL:tier}',
    '${POD_LABEL:empty}',
    '${POD_ANNOTATION:app.kubernetes.io/name}',
    '${POD_LABEL:constructor}',
  ]) {
    it(`are refused where the pod has none, as ${reference}`, () => {
      const result = expandVariables(reference, new PodVariables(pod, { ...SURROUNDINGS, pod: object }));
      assert.deepEqual(result.kind === 'refused' && result.problems.map(({ value }) => value), [reference]);
    });
  }

  it('are refused where they bring in what is no Unicode text, which no certificate can carry', () => {
    const result = expandVariables(
      'https://a/${POD_LABEL:x}',
      new PodVariables(pod, { ...SURROUNDINGS, pod: { ...object, labels: { x: '\ud800' } } }),
    );
    assert.ok(result.kind === 'refused' && /not Unicode text/.test(result.problems[0]?.why ?? ''), JSON.stringify(result));
  });

  for (const key of ['', '/', 'a b', '-a', 'a/b/c', 'a'.repeat(64), '$POD_NAME']) {
    it(`are refused before the pod is seen where no pod can have the key ${JSON.stringify(key)}`, () => {
      assert.deepEqual(refusals({ 'dns-names': `\${POD_LABEL:${key}}` }), [`dns-names ${JSON.stringify(`\${POD_LABEL:${key}}`)}`]);
    });
  }

  it('leave the attribute that holds them unjudged until the pod is seen, and no other', () => {
    const spec = accepted({ 'dns-names': '${POD_LABEL:a},web.example', 'ip-sans': '${POD_ANNOTATION:a}', 'common-name': '$NODE_NAME' });
    assert.deepEqual([spec.needsPod, spec.wanted.dnsNames, spec.wanted.ipAddresses, spec.wanted.subject.length], [true, [], [], 1]);
    assert.deepEqual(refusals({ 'dns-names': '${POD_LABEL:a}', 'ip-sans': '1', duration: '1d' }), ['ip-sans "1"', 'duration "1d"']);
  });

  it('in a literal subject leave the attributes that it replaces alone', () => {
    assert.deepEqual(refusals({ 'literal-subject': 'CN=${POD_LABEL:a}', 'common-name': '$NOTHING' }), []);
  });

  it('are refused where there is no Kubernetes API to ask', () => {
    const result = expandVariables('${POD_LABEL:a}', new PodVariables(pod, { ...SURROUNDINGS, pod: 'never' }));
    assert.match((result.kind === 'refused' && result.problems[0]?.cure) || '', /--kubeconfig/);
  });
});

describe('variables of the pod’s IPs', () => {
  const wait = { 'podcert.io/wait-for': 'pod-ip' };

  it('stand for the first address, and for all of them as a comma list', () => {
    const surroundings = { ...SURROUNDINGS, waitsForIp: true, pod: WITH_IPS };
    const text = expandVariables('$POD_IP|${POD_IPS}', new PodVariables(pod, surroundings));
    assert.deepEqual(text, { kind: 'parsed', value: '10.0.0.7|10.0.0.7,2001:db8::7' });
  });

  it('are refused where the volume does not wait for them, with the attribute that makes it', () => {
    const result = parseSpec(publishRequest({ 'ip-sans': '$POD_IP' }), SURROUNDINGS);
    assert.match((result.kind === 'refused' && result.problems[0]?.cure) || '', /podcert\.io\/wait-for: pod-ip/);
    assert.equal(accepted({ 'ip-sans': '$POD_IP', ...wait }).needsPod, true);
    assert.equal(parseSpec(publishRequest({ 'ip-sans': '$POD_IPS' }), { ...SURROUNDINGS, waitsForIp: true }).kind, 'parsed');
  });

  it('let everything else that is wrong with the same attribute be told at once', () => {
    assert.deepEqual(refusals({ 'ip-sans': '$POD_IPS,10.0.0.256', ...wait }), ['ip-sans "10.0.0.256"']);
  });

  it('are refused where there is no Kubernetes API to ask, as is the wait for them', () => {
    const result = parseSpec(publishRequest({ 'ip-sans': '$POD_IP', ...wait }), { ...SURROUNDINGS, pod: 'never' });
    const problems = result.kind === 'refused' ? result.problems : [];
    assert.deepEqual(
      problems.map(({ field }) => field),
      ['csi.cert-manager.io/ip-sans', 'podcert.io/wait-for'],
    );
    assert.ok(problems.every(({ cure }) => cure.includes('--kubeconfig')));
  });

  it('are the only thing that a volume can wait for', () => {
    assert.deepEqual(refusals({ 'podcert.io/wait-for': 'pod-ips' }), ['podcert.io/wait-for "pod-ips"']);
  });
});
