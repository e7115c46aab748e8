import assert from 'node:assert/strict';
import { posix } from 'node:path';
import * as fc from 'fast-check';
import { type Config, readConfig } from '../../driver/config.ts';
import { FLAGS } from '../../driver/flags/table.ts';
import { describeProblem } from '../../node-agent/errors.ts';
import { duration } from './grammar.ts';
import { SECRET, flood, hostileText, mutated, near } from './hostile.ts';
import { type Subject, property } from './property.ts';

/** A process is given no NUL (execve(2)). */
const text = (texts: fc.Arbitrary<string>) => texts.map((text) => text.replaceAll('\0', ''));

const switches = fc.constantFrom('true', 'false', '1', 'T');
const path = fc.constantFrom('/data', 'plugin/data', '/a/../b/', '/x//y');

/** What an operator would write for each flag that is taken. */
const SOUND: Readonly<Record<string, fc.Arbitrary<string>>> = {
  'node-id': fc.constantFrom('node-7', 'ip-10-0-0-1.ec2.internal'),
  endpoint: fc.constantFrom('unix:///plugin/csi.sock', 'unix://plugin/csi.sock', '/plugin/csi.sock'),
  'driver-name': fc.constantFrom('csi.cert-manager.io', 'a', 'podcert.example'),
  'data-root': path,
  'registration-dir': fc.constantFrom('', '/registration'),
  'kubelet-registration-path': fc.constant('/var/lib/kubelet/plugins/x/csi.sock'),
  'selinux-context': fc.constantFrom('', 'system_u:object_r:container_file_t:s0'),
  'metrics-bind-address': fc.constantFrom('0', ':9402', '[::1]:9402', 'localhost:1', '127.0.0.1:65535'),
  'admin-bind-address': fc.constantFrom('0', '127.0.0.1:9404', '[::1]:1', '127.1.2.3:0'),
  'health-bind-address': fc.constantFrom('0', ':9403'),
  'log-level': fc.constantFrom('0', '1', '9'),
  kubeconfig: fc.constant('/etc/kubeconfig'),
  context: fc.constant('prod'),
  'kube-api-qps': fc.constantFrom('5', '-1', '1e3', '.5'),
  'kube-api-burst': fc.constantFrom('10', '-1', '+3'),
  'use-token-request': switches,
  'remove-startup-taint': switches,
  'continue-on-not-ready': switches,
  'pod-readiness-gate': fc.constantFrom(
    'pod-ip:any',
    'pod-ip:ipv6',
    'pod-condition:Ready=false',
    'pod-condition:Initialized',
    'pod-annotation:example.com/x',
  ),
  'gate-backoff-duration': duration,
  'gate-backoff-factor': fc.constantFrom('1', '2.5'),
  'gate-backoff-jitter': fc.constantFrom('0', '0.5', '1'),
  'gate-backoff-cap': fc.constantFrom('0', '10s'),
  'local-ca-dir': fc.constantFrom('/ca'),
  'local-ca-max-duration': duration,
};

/** One flag as one or two words. */
const words: fc.Arbitrary<readonly string[]> = fc.oneof(
  {
    weight: 30,
    arbitrary: fc.oneof(...Object.entries(SOUND).map(([name, values]) => near(values, 30).map((value) => [`--${name}=${value}`]))),
  },
  { weight: 4, arbitrary: fc.oneof(...Object.entries(SOUND).map(([name, values]) => values.map((value) => [`--${name}`, value]))) },
  { weight: 2, arbitrary: fc.constantFrom(['-v2'], ['-v=2'], ['-v', '2'], ['--use-token-request'], ['--continue-on-not-ready']) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ['--token', SECRET],
      [`--token=${SECRET}`],
      [`--password=${SECRET}`],
      ['--password', SECRET],
      ['--tokn', SECRET],
      ['--node-id'],
      ['--help'],
      ['-h'],
      ['--version'],
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .oneof(hostileText, flood, mutated(fc.constantFrom(...Object.keys(FLAGS).map((name) => `--${name}=x`))))
      .map((word) => [word]),
  },
);

const commandLines = fc
  .tuple(fc.array(words, { maxLength: 6 }), fc.boolean())
  .map(([all, isComplete]) =>
    [...(isComplete ? ['--node-id=n', '--endpoint=/a.sock'] : []), ...all.flat()].map((word) => word.replaceAll('\0', '')),
  );

const environments = fc.record(
  { CSI_ENDPOINT: text(near(fc.constantFrom('unix:///plugin/csi.sock', ''))), KUBERNETES_SERVICE_HOST: fc.constantFrom('', '10.0.0.1') },
  { requiredKeys: [] },
);

/** The command line and the environment. */
export const flags: Subject = {
  name: 'flags',
  properties: () => [
    property(
      'a command line is a configuration of normalised paths, or is refused with field and cure of each problem and no secret',
      { inputs: fc.tuple(commandLines, environments), weight: 9, reaches: ['config', 'refused', 'help', 'version'] },
      ([argv, environment]) => {
        const reading = readConfig(argv, environment);
        if (reading.kind === 'refused') {
          assert.ok(reading.problems.length > 0);
          for (const { field, why, cure } of reading.problems) assert.ok(field !== '' && why !== '' && cure !== '', field);
          const told = reading.problems.map(describeProblem).join('\n');
          assert.ok(!told.includes(SECRET), 'a secret is told');
        }
        if (reading.kind === 'config') requireSound(reading.config);
        return reading.kind;
      },
    ),
  ],
};

function requireSound(config: Config): void {
  const { registration, localCa, metricsAddress, healthAddress, adminAddress } = config;
  for (const path of [config.socketPath, config.dataRoot, registration?.socketPath, registration?.endpoint, localCa?.directory]) {
    if (path !== undefined) assert.ok(path !== '/' && path.startsWith('/') && posix.normalize(path) === path && !path.endsWith('/'), path);
  }
  for (const path of [config.socketPath, registration?.socketPath ?? '']) assert.ok(Buffer.byteLength(path) <= 107, path);
  for (const address of [metricsAddress, healthAddress, adminAddress])
    assert.ok(address === undefined || (address.port >= 0 && address.port <= 65_535));
  assert.ok(Number.isSafeInteger(config.logLevel) && (localCa === undefined || localCa.maximumDurationMs > 0));
  assert.ok(Object.isFrozen(config) && Object.isFrozen(config.gates));
  assert.ok(!JSON.stringify(config).includes(SECRET), 'a secret is in the configuration');
}
