import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { commandProblems, ROOT, surroundingsHere } from './judge.ts';
import { linkProblems } from './links.ts';
import { anchorsOf, parsePage } from './markdown.ts';

const HERE = surroundingsHere({});
const block = (language: string, text: string) => `\`\`\`${language}\n${text}\n\`\`\`\n`;
const problems = (text: string) => commandProblems(parsePage('docs/a.md', text), HERE);
const linkProblemsOf = (text: string) => linkProblems(ROOT, parsePage('docs/a.md', text));

describe('a document', () => {
  for (const text of [
    block('sh', 'npm ci && npm run image'),
    block('sh', 'npm run e2e -- --keep test/e2e/issuing.test.ts'),
    block('sh', 'npm test -- --test-name-pattern=a test/spec/*.test.ts'),
    block('sh', 'npm start -- --node-id=a --endpoint unix:///b --help'),
    block('sh', '.ci/run\nkubectl apply -f manifests/ -k manifests/own-node'),
    block('sh', 'kubectl describe pod <driver>'),
    block('console', '$ npm run check\nnpm run theirs (is output'),
    block('sh', 'kubectl podcert list -n shop --expiring 24h | head\nkubectl podcert help renew'),
    block('yaml', 'args: [--log-level=2]\nmetadata: { annotations: { podcert.io/node: a } }'),
    block('yaml', 'volumeAttributes: { podcert.io/der: "true", other.io/a: b }'),
    block('yaml', 'podcert.io/der: "true"'),
    block('yaml', '[{ isCA: true, privateKey: { rotationPolicy: Never } }, { isCA: false }]'),
    block('yaml', 'containers: [{ image: envoy, args: [--config-path, a] }, { image: a/podcert:b, args: [--log-level=2] }]'),
    block('yaml', 'csi: { driver: csi.podcert.io, readOnly: true, volumeAttributes: { csi.cert-manager.io/dns-names: "${POD_NAME}.a" } }'),
    block(
      'yaml',
      'csi: { driver: csi.cert-manager.io, readOnly: true, nodePublishSecretRef: { name: a }, volumeAttributes: { csi.cert-manager.io/pkcs12-enable: "true", podcert.io/pkcs12-password-key: b } }',
    ),
    'Run `npm run check`, or `npm run …`; `npm run` is npm’s.',
    `<!-- not checked: it is of another project -->\n\n${block('sh', 'npm run theirs')}`,
  ]) {
    it(`may have ${JSON.stringify(text)}`, () => assert.deepEqual(problems(text), []));
  }

  for (const { text, why } of [
    { text: block('sh', 'npm run theirs'), why: 'docs/a.md:2: there is no npm script "theirs"' },
    { text: block('sh', 'true\nnpm run e2e -- --keeps'), why: 'docs/a.md:3: npm run e2e has no option --keeps' },
    { text: block('sh', 'kubectl podcert lists'), why: 'docs/a.md:2: kubectl podcert has no command "lists"' },
    {
      text: block('sh', 'kubectl podcert list --shell=a'),
      why: 'docs/a.md:2: kubectl podcert: "--shell" is not a flag of kubectl podcert',
    },
    { text: block('sh', 'npm start -- --nodes-id=a'), why: 'docs/a.md:2: npm run start has no option --nodes-id' },
    { text: block('sh', 'npm test -- test/nothing/*.test.ts'), why: 'docs/a.md:2: there is no test/nothing/*.test.ts' },
    { text: block('sh', 'x=$(kubectl apply --filename=manifests/nothing.yaml)'), why: 'docs/a.md:2: there is no manifests/nothing.yaml' },
    {
      text: block('sh', "kubectl apply -f - <<'Y'\nvolumeAttributes: { podcert.io/deer: a }\nY"),
      why: 'docs/a.md:2: there is no attribute podcert.io/deer',
    },
    { text: block('console', 'npm run theirs\n$ npm run theirs'), why: 'docs/a.md:3: there is no npm script "theirs"' },
    { text: block('sh', 'if true; then'), why: /^docs\/a\.md:2: no shell takes this: / },
    { text: block('bash', 'true'), why: 'docs/a.md:1: "bash" is written sh here' },
    { text: block('yaml', 'a: [b'), why: /^docs\/a\.md:2: this is no YAML: / },
    { text: block('yaml', 'csi.cert-manager.io/dns-name: a'), why: 'docs/a.md:2: there is no attribute csi.cert-manager.io/dns-name' },
    {
      text: block(
        'yaml',
        'csi: { driver: csi.cert-manager.io, readOnly: true, volumeAttributes: { csi.cert-manager.io/duration: 1 day } }',
      ),
      why: /^docs\/a\.md:2: csi\.cert-manager\.io\/duration "1 day": /,
    },
    {
      text: block('yaml', 'csi: { driver: csi.cert-manager.io, readOnly: true, volumeAttributes: { csi.cert-manager.io/key-size: 256 } }'),
      why: 'docs/a.md:2: csi.cert-manager.io/key-size is no string: quote it',
    },
    {
      text: block('yaml', '- csi: { driver: csi.cert-manager.io, volumeAttributes: { csi.cert-manager.io/dns-names: a.b } }'),
      why: /^docs\/a\.md:2: .*readOnly/,
    },
    { text: block('yaml', 'csi: { driver: csi.podcert.com }'), why: 'docs/a.md:2: no driver here is called csi.podcert.com' },
    { text: block('yaml', '{ image: podcert, args: [--config-path] }'), why: 'docs/a.md:2: the driver has no flag --config-path' },
    { text: block('yaml', 'spec: { isCA: true }'), why: 'docs/a.md:2: a CA does not keep its key: rotationPolicy: Never' },
    {
      text: block('yaml', 'spec: { isCA: true, privateKey: { rotationPolicy: Always } }'),
      why: 'docs/a.md:2: a CA does not keep its key: rotationPolicy: Never',
    },
    { text: block('yaml', 'args: [--logs-level=2]'), why: 'docs/a.md:2: the driver has no flag --logs-level' },
    { text: 'Run\n`npm run\ntheirs`.', why: 'docs/a.md:2: there is no npm script "theirs"' },
    { text: `<!-- not checked: -->\n${block('sh', 'npm run theirs')}`, why: 'docs/a.md:3: there is no npm script "theirs"' },
  ]) {
    it(`may not have ${JSON.stringify(text)}`, () => {
      const [found = 'nothing', ...others] = problems(text);
      assert.deepEqual(others, []);
      if (typeof why === 'string') assert.equal(found, why);
      else assert.match(found, why);
    });
  }

  it('ends each of its blocks', () =>
    assert.throws(() => parsePage('docs/a.md', 'a\n```sh\nb\n'), { message: 'docs/a.md:2: this block has no end' }));

  for (const text of [
    '[a](../README.md) [b](../README.md#install) [c](https://example.com/a?b#c "d")',
    '[a](../manifests/chart/) <https://example.com>',
    `\`[a](b)\`\n${block('md', '[a](b)')}<!-- [a](b) -->`,
  ]) {
    it(`may link by ${JSON.stringify(text)}`, () => assert.deepEqual(linkProblemsOf(text), []));
  }

  for (const { target, why } of [
    { target: 'nothing.md', why: 'leads to no file' },
    { target: '../README.md#nothing', why: 'leads to no heading' },
    { target: '../package.json#a', why: 'has an anchor, but leads to no page' },
    { target: 'http://example.com', why: 'is not by https' },
    { target: 'https://', why: 'is no URL' },
    { target: 'https://localhost/a', why: 'names no host of the internet' },
  ]) {
    it(`may not link to ${target}, which ${why}`, () => {
      assert.deepEqual(linkProblemsOf(`a\n[b](${target})`), [`docs/a.md:2: the link to ${target} ${why}`]);
    });
  }

  it('has the anchors that GitHub makes of its headings', () => {
    const text = `# A & B\n## \`x-y\`: [c](d), e!\n## Twice\n## Twice\n${block('sh', '# no heading')}### Ä_ö ##\n`;
    assert.deepEqual([...anchorsOf(parsePage('a', text), text)], ['a--b', 'x-y-c-e', 'twice', 'twice-1', 'ä_ö']);
  });
});
