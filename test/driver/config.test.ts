import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readConfig, type Config } from '../../driver/config.ts';
import { FLAGS } from '../../driver/flags/table.ts';
import type { Problem } from '../../node-agent/errors.ts';

const REQUIRED = ['--node-id=node-1', '--endpoint=unix:///plugin/csi.sock'];

function accepted(argv: readonly string[], environment: Record<string, string> = {}): Config {
  const reading = readConfig(argv, environment);
  assert.equal(reading.kind, 'config', JSON.stringify(reading));
  return reading.config;
}

function problems(argv: readonly string[], environment: Record<string, string> = {}): readonly Problem[] {
  const reading = readConfig(argv, environment);
  assert.equal(reading.kind, 'refused', JSON.stringify(reading));
  return reading.problems;
}

describe('readConfig', () => {
  it('needs a node id and an endpoint only, and has the defaults of the peer', () => {
    assert.deepEqual(accepted(REQUIRED), {
      nodeId: 'node-1',
      socketPath: '/plugin/csi.sock',
      driverName: 'csi.cert-manager.io',
      dataRoot: '/csi-data-dir',
      selinuxLabel: 'system_u:object_r:container_file_t:s0',
      logLevel: 1,
      healthAddress: { port: 9403 },
      adminAddress: { host: '127.0.0.1', port: 9404 },
      registration: {
        socketPath: '/registration/csi.cert-manager.io-reg.sock',
        endpoint: '/var/lib/kubelet/plugins/cert-manager-csi-driver/csi.sock',
      },
      kubernetes: {},
      usesPodToken: false,
      removesStartupTaint: false,
      gates: [],
      notes: [],
    });
  });

  it('takes every argument that the chart of the peer passes', () => {
    const argv = ['--log-level=5', '--driver-name=csi.cert-manager.io', '--node-id=node-1', '--endpoint=unix://plugin/csi.sock'];
    const config = accepted([
      ...argv,
      '--data-root=csi-data-dir',
      '--use-token-request=false',
      '--metrics-bind-address=:9402',
      '--continue-on-not-ready=false',
    ]);
    assert.equal(config.socketPath, '/plugin/csi.sock');
    assert.equal(config.dataRoot, '/csi-data-dir');
    assert.equal(config.logLevel, 5);
    assert.deepEqual(config.metricsAddress, { port: 9402 });
  });

  it('cannot be changed once read, at any depth', () => {
    const config = accepted(REQUIRED);
    assert.ok(Object.isFrozen(config) && Object.isFrozen(config.notes) && Object.isFrozen(config.registration));
  });

  it('reads the endpoint from CSI_ENDPOINT, where the flag wins and an empty variable counts as unset', () => {
    assert.equal(accepted(['--node-id=a'], { CSI_ENDPOINT: 'unix:///from/environment' }).socketPath, '/from/environment');
    assert.equal(accepted(REQUIRED, { CSI_ENDPOINT: 'unix:///from/environment' }).socketPath, '/plugin/csi.sock');
    assert.equal(problems(['--node-id=a'], { CSI_ENDPOINT: '' })[0]?.why, 'is missing');
    assert.equal(problems(['--node-id=a'], { CSI_ENDPOINT: 'tcp://1.2.3.4:5' })[0]?.field, 'CSI_ENDPOINT');
  });

  it('lists every problem at once, each with what was found and what to write', () => {
    const found = problems(['--endpoint=tcp://1:2', '--nod-id=x', '--use-token-request=maybe', '--log-level=high', 'stray', '--context']);
    const fields = ['--nod-id', 'command line', '--context', '--node-id', '--endpoint', '--log-level', '--use-token-request'];
    assert.deepEqual(found.map(({ field }) => field).toSorted(), fields.toSorted());
    for (const { why, cure } of found) assert.ok(why !== '' && cure !== '');
  });

  it('says once that the limits on API calls have no effect', () => {
    accepted([...REQUIRED, '--kube-api-qps=-1', '--kube-api-burst=-1']);
    accepted([...REQUIRED, '--kube-api-qps=1e3']);
    const { notes } = accepted([...REQUIRED, '--kube-api-qps=20.5', '--kube-api-burst=50']);
    assert.equal(notes.length, 1);
    assert.match(notes[0] ?? '', /^--kube-api-qps and --kube-api-burst: no effect/);
  });

  it('leaves registration to the sidecar where its folder is empty', () => {
    assert.equal(accepted([...REQUIRED, '--registration-dir=']).registration, undefined);
  });

  it('refuses a registration socket that would be too long to bind, naming both flags', () => {
    const [problem] = problems([...REQUIRED, `--registration-dir=/${'r'.repeat(80)}`]);
    assert.equal(problem?.field, '--registration-dir with --driver-name');
  });

  it("has requests created by pods' service accounts when told to", () => {
    assert.equal(accepted([...REQUIRED, '--use-token-request']).usesPodToken, true);
    assert.equal(accepted([...REQUIRED, '--use-token-request=false']).usesPodToken, false);
  });

  it('removes the start-up taint when told to, where it registers itself and there is an API to ask', () => {
    assert.equal(accepted([...REQUIRED, '--remove-startup-taint']).removesStartupTaint, true);
    const [first, second, ...more] = problems([...REQUIRED, '--remove-startup-taint', '--registration-dir=', '--local-ca-dir=/ca']);
    assert.deepEqual([first?.field, second?.field, more], ['--remove-startup-taint', '--remove-startup-taint', []]);
    assert.match(first?.why ?? '', /registration with kubelet/);
    assert.match(second?.why ?? '', /the Kubernetes API/);
  });

  it('turns the local CA on with its folder alone, for at most 30 days unless told otherwise', () => {
    assert.equal(accepted(REQUIRED).localCa, undefined);
    assert.deepEqual(accepted([...REQUIRED, '--local-ca-dir=/ca/']).localCa, { directory: '/ca', maximumDurationMs: 720 * 3_600_000 });
    const shorter = accepted([...REQUIRED, '--local-ca-dir=/ca', '--local-ca-max-duration=1h30m']);
    assert.equal(shorter.localCa?.maximumDurationMs, 5_400_000);
  });

  it('does without a cluster only with a CA of its own, and where nothing says that there is one', () => {
    const own = [...REQUIRED, '--local-ca-dir=/ca'];
    assert.deepEqual(accepted(REQUIRED).kubernetes, {});
    assert.equal(accepted(own).kubernetes, undefined);
    const pod = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };
    assert.deepEqual(accepted(own, pod).kubernetes, { server: 'https://10.96.0.1:443' });
    const six = accepted(own, { ...pod, KUBERNETES_SERVICE_HOST: 'fd00::1' });
    assert.deepEqual(six.kubernetes, { server: 'https://[fd00::1]:443' });
    assert.deepEqual(accepted([...own, '--kubeconfig=k', '--context=c']).kubernetes, { kubeconfig: 'k', context: 'c' });
  });

  it('explains every flag in the help, and prints it whatever else is wrong', () => {
    const reading = readConfig(['--unknown', '-h'], {});
    assert.equal(reading.kind, 'help');
    for (const name of Object.keys(FLAGS)) assert.match(reading.text, new RegExp(`--${name}\\b`), name);
  });

  it('answers --version', () => assert.deepEqual(readConfig(['--version'], {}), { kind: 'version' }));
});

describe('a flag', () => {
  const ways = [['--log-level=3'], ['--log-level', '3'], ['-v3'], ['-v=3'], ['-v', '3']];
  for (const argv of ways) {
    it(`is read from ${argv.join(' ')}`, () => assert.equal(accepted([...REQUIRED, ...argv]).logLevel, 3));
  }

  it('keeps everything behind its first equals sign', () => {
    assert.equal(accepted([...REQUIRED, '--context=a=b']).kubernetes?.context, 'a=b');
  });

  it('takes no following flag for its value', () => {
    const found = problems([...REQUIRED, '--context', '--kubeconfig=/k']);
    assert.deepEqual(
      found.map(({ field, why }) => `${field} ${why}`),
      ['--context needs a value'],
    );
  });

  it('counts as given last, whichever way it is written, and that is said', () => {
    const { logLevel, notes } = accepted([...REQUIRED, '--log-level=1', '-v', '2']);
    assert.equal(logLevel, 2);
    assert.deepEqual(notes, ['--log-level: given more than once; the last one counts']);
  });

  it('of no known name is refused with the nearest one', () => {
    assert.match(problems([...REQUIRED, '--metric-bind-adress=:1'])[0]?.cure ?? '', /did you mean --metrics-bind-address\?/);
    assert.equal(problems([...REQUIRED, '--zzzzzzzzzzzz'])[0]?.cure, '--help lists all flags');
  });

  it('named like a member of every object is unknown too', () => {
    for (const name of ['constructor', '__proto__', 'toString']) {
      assert.equal(problems([...REQUIRED, `--${name}=1`])[0]?.why, 'is not a flag of this driver', name);
    }
  });
});

describe('--selinux-context', () => {
  for (const { argument, label } of [
    { argument: [], label: 'system_u:object_r:container_file_t:s0' },
    { argument: ['--selinux-context=system_u:object_r:ephemeral_t:s0'], label: 'system_u:object_r:ephemeral_t:s0' },
    { argument: ['--selinux-context='], label: undefined },
  ]) {
    it(`is ${label ?? 'no label'} with ${argument[0] ?? 'nothing said'}`, () => {
      assert.equal(accepted([...REQUIRED, ...argument]).selinuxLabel, label);
    });
  }

  it('is refused where it is none', () => {
    const [problem, ...others] = problems([...REQUIRED, '--selinux-context=container_file_t']);
    assert.match(problem?.why ?? '', /no SELinux context/);
    assert.deepEqual(others, []);
  });
});

describe('readiness gates', () => {
  const WITH_GATES = [...REQUIRED, '--continue-on-not-ready'];
  const read: readonly (readonly [text: string, gate: object])[] = [
    ['pod-ip:any', { kind: 'pod-ip', family: 'any' }],
    ['pod-ip:ipv6', { kind: 'pod-ip', family: 'ipv6' }],
    ['pod-condition:Initialized', { kind: 'pod-condition', type: 'Initialized', status: 'True' }],
    ['pod-condition:Ready=', { kind: 'pod-condition', type: 'Ready', status: 'True' }],
    ['pod-condition:example.com/ok=unknown', { kind: 'pod-condition', type: 'example.com/ok', status: 'Unknown' }],
    ['pod-annotation:example.com/name', { kind: 'pod-annotation', key: 'example.com/name' }],
  ];
  it('all count, in their order', () => {
    const { gates, notes } = accepted([...WITH_GATES, ...read.map(([text]) => `--pod-readiness-gate=${text}`)]);
    assert.deepEqual(
      gates,
      read.map(([, gate]) => gate),
    );
    assert.deepEqual(notes, []);
  });

  for (const text of [
    '',
    'pod-ip',
    'pod-ip:',
    'pod-ip:IPv4',
    'pod-condition:',
    'pod-condition:a=b',
    'pod-condition:=True',
    'pod-annotation:',
    'ip:any',
  ]) {
    it(`are refused with what to write: ${JSON.stringify(text)}`, () => {
      const [problem, ...others] = problems([...WITH_GATES, `--pod-readiness-gate=${text}`]);
      assert.deepEqual([problem?.field, problem?.value, others], ['--pod-readiness-gate', text, []]);
      assert.match(problem?.cure ?? '', /^write pod-/);
    });
  }

  it('are refused without --continue-on-not-ready, and where there is no Kubernetes API', () => {
    const [problem] = problems([...REQUIRED, '--pod-readiness-gate=pod-ip:any']);
    assert.match(problem?.cure ?? '', /--continue-on-not-ready/);
    const [other, ...others] = problems([...WITH_GATES, '--pod-readiness-gate=pod-ip:any', '--local-ca-dir=/ca']);
    assert.match(other?.cure ?? '', /--kubeconfig/);
    assert.deepEqual(others, []);
  });

  it('have a back-off that is checked, and said to have no effect', () => {
    const backOff = ['--gate-backoff-duration=2s', '--gate-backoff-factor=1.5', '--gate-backoff-jitter=0', '--gate-backoff-cap=0s'];
    const [note, ...others] = accepted([...WITH_GATES, ...backOff]).notes;
    assert.match(note ?? '', /^--gate-backoff-duration and .* and --gate-backoff-cap: no effect;/);
    assert.deepEqual(others, []);
    const wrong = ['--gate-backoff-duration=0s', '--gate-backoff-factor=0.5', '--gate-backoff-jitter=1.5', '--gate-backoff-cap=-1s'];
    assert.deepEqual(
      problems([...WITH_GATES, ...wrong]).map(({ field }) => field),
      wrong.map((argument) => argument.replace(/=.*$/, '')),
    );
    assert.equal(problems([...WITH_GATES, '--gate-backoff-duration=2s', '--gate-backoff-cap=1s'])[0]?.field, '--gate-backoff-cap');
  });
});

describe("kubectl's connection flags", () => {
  const refused = Object.entries(FLAGS).flatMap(([name, flag]) => (flag.group === 'refused' ? [name] : []));
  const expected = ['server', 'token', 'as', 'request-timeout', 'namespace', 'insecure-skip-tls-verify', 'client-key', 'as-group'];
  it('are all known', () =>
    assert.deepEqual(
      expected.filter((name) => !refused.includes(name)),
      [],
    ));

  for (const name of refused) {
    it(`are refused by name: --${name}`, () => {
      const [problem, ...others] = problems([...REQUIRED, `--${name}=hunter2`]);
      assert.equal(problem?.field, `--${name}`);
      assert.deepEqual(others, []);
    });
  }

  for (const argv of [['--token', 'hunter2'], ['--token=hunter2'], ['--password=hunter2'], ['--passwort', 'hunter2']]) {
    it(`never show a secret: ${argv.join(' ')}`, () => {
      assert.doesNotMatch(JSON.stringify(problems([...REQUIRED, ...argv])), /hunter2/);
    });
  }
});
