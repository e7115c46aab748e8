import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { before, describe, it } from 'node:test';
import { readQuestion } from '../../cli/completion/complete.ts';
import { SHELLS } from '../../cli/completion/scripts.ts';
import { cliBench } from './bench.ts';

const PODS = {
  items: [
    { metadata: { name: 'web-0' }, spec: { nodeName: 'one', volumes: [{ name: 'tls', csi: { driver: 'csi.cert-manager.io' } }] } },
    { metadata: { name: 'web-1' }, spec: { volumes: [{ name: 'tls', csi: { driver: 'csi.cert-manager.io' } }] } },
    { metadata: { name: 'web-plain' }, spec: { nodeName: 'one', volumes: [{ name: 'tmp' }] } },
  ],
};

describe('the word at the cursor', () => {
  for (const { line, values, completes, prefix = '' } of [
    { line: '', values: ['list', 'inspect', 'renew', 'doctor', 'completion', 'version', 'help'] },
    { line: '-n shop ', values: ['list', 'inspect', 'renew', 'doctor', 'completion', 'version', 'help'] },
    { line: 'help ', values: ['list', 'inspect', 'renew', 'doctor', 'completion', 'version', 'help'] },
    { line: 'completion ', values: ['bash', 'zsh', 'fish', 'powershell'] },
    { line: 'list -o ', values: ['table', 'wide', 'json', 'yaml', 'name'] },
    { line: 'doctor -o ', values: ['text', 'json'] },
    { line: 'list --output=w', values: ['table', 'wide', 'json', 'yaml', 'name'], prefix: 'w' },
    { line: 'list --sort-by ', values: ['name', 'namespace', 'node', 'issuer', 'state', 'expires', 'renews'] },
    { line: 'inspect w', values: [], completes: 'pods', prefix: 'w' },
    { line: 'inspect web ', values: [] },
    { line: 'renew --dry-run ', values: [], completes: 'pods' },
    { line: 'list -n ', values: [], completes: 'namespaces' },
    { line: 'list --namespace=s', values: [], completes: 'namespaces', prefix: 's' },
    { line: 'list --node ', values: [], completes: 'nodes' },
    { line: 'list --context ', values: [], completes: 'contexts' },
    { line: 'list --kubeconfig=/x', values: [], completes: 'files', prefix: '/x' },
    { line: 'list ', values: [] },
    { line: 'frobnicate ', values: [] },
  ]) {
    it(`may be what fits: ${line}▮`, () => {
      const question = readQuestion(line.split(' '));
      assert.deepEqual(
        { values: question.candidates.map(({ value }) => value), completes: question.completes, prefix: question.prefix },
        { values, completes, prefix },
      );
    });
  }

  it('may be any flag of the command, those with a value with an equals sign', () => {
    const values = readQuestion(['version', '--']).candidates.map(({ value }) => value);
    assert.deepEqual(values, ['--help']);
    assert.ok(readQuestion(['renew', '--']).candidates.some(({ value }) => value === '--rate='));
  });
});

describe('completion', () => {
  const bench = cliBench();
  let link = '';
  before(() => {
    link = join(bench.folder, 'bin', 'kubectl_complete-podcert');
    symlinkSync(bench.program, link);
    symlinkSync(bench.program, join(bench.folder, 'bin', 'kubectl-podcert'));
  });
  const withPods = () => {
    const objects = {
      '/api/v1/namespaces/shop/pods': PODS,
      '/api/v1/namespaces': { items: [{ metadata: { name: 'shop' } }, { metadata: { name: 'data' } }] },
    };
    bench.cluster.world = { ...bench.cluster.world, objects };
  };

  it('names pods with a CSI volume in the namespace of the line or of the context, in the form that kubectl reads', async () => {
    withPods();
    for (const words of [
      ['inspect', 'web'],
      ['renew', '-n', 'shop', 'web'],
      ['inspect', '--namespace=shop', 'web'],
    ]) {
      const { stdout, status } = await bench.cluster.run(['__complete', ...words]);
      assert.deepEqual({ stdout, status }, { stdout: 'web-0\tone\nweb-1\tnot scheduled\n:4\n', status: 0 });
    }
  });

  it('asks the cluster that the line names', async () => {
    withPods();
    await bench.cluster.run(['__complete', 'inspect', '--context', 'prod', 'w']);
    assert.ok(bench.cluster.calls().every(({ args }) => args.includes('--context=prod')));
  });

  it('says nothing where the cluster cannot be asked', async () => {
    bench.cluster.world = { ...bench.cluster.world, objects: {} };
    assert.deepEqual(await bench.cluster.run(['__complete', 'inspect', 'w']), { stdout: ':4\n', stderr: '', status: 0 });
  });

  it('answers by the name that kubectl looks for', () => {
    withPods();
    writeFileSync(join(bench.folder, 'world.json'), JSON.stringify(bench.cluster.world));
    const PATH = `${join(bench.folder, 'bin')}${delimiter}${process.env['PATH']}`;
    const environment = { PATH, PODCERT_FAKE_KUBECTL: bench.folder };
    assert.equal(execFileSync(link, ['list', '-n', 'sh'], { env: environment, encoding: 'utf8' }), 'shop\n:4\n');
  });

  it('works in bash, behind an equals sign too', () => {
    withPods();
    writeFileSync(join(bench.folder, 'world.json'), JSON.stringify(bench.cluster.world));
    const PATH = `${join(bench.folder, 'bin')}${delimiter}${process.env['PATH']}`;
    const script = [
      'source <(kubectl-podcert completion bash)',
      'try() { COMP_LINE=$1 COMP_POINT=${#1}; COMPREPLY=(); _kubectl_podcert; echo "${COMPREPLY[@]}"; }',
      "try 'kubectl-podcert inspect -n shop web'",
      "try 'kubectl-podcert list --namespace=d'",
      "try 'kubectl-podcert comp'",
      "try 'kubectl-podcert completion '",
    ];
    const answer = execFileSync('bash', ['--norc', '-c', script.join('\n')], {
      env: { PATH, PODCERT_FAKE_KUBECTL: bench.folder },
      encoding: 'utf8',
    });
    assert.equal(answer, 'web-0 web-1\ndata\ncompletion\nbash zsh fish powershell\n');
  });

  for (const shell of SHELLS) {
    const check = { bash: ['bash', '-n'], zsh: ['zsh', '-n'], fish: ['fish', '--no-execute'], powershell: ['pwsh'] }[shell]!;
    const isThere = spawnSync(check[0]!, ['--version']).error === undefined;
    it(`has a script that ${shell} can read`, { skip: !isThere && `there is no ${check[0]}` }, async () => {
      const { stdout, status } = await bench.cluster.run(['completion', shell]);
      assert.equal(status, 0);
      const file = join(bench.folder, `script.${shell}`);
      writeFileSync(file, stdout);
      const { status: judged, stderr } = spawnSync(check[0]!, [...check.slice(1), file], { encoding: 'utf8' });
      assert.deepEqual({ judged, stderr }, { judged: 0, stderr: '' });
    });
  }
});
