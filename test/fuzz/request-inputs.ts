import * as fc from 'fast-check';
import type { PodFacts } from '../../node-agent/pod-facts.ts';
import type { PublishRequest } from '../../node-agent/ports.ts';
import type { Surroundings } from '../../node-agent/spec/surroundings.ts';
import { KUBELET_ATTRIBUTES, publishRequest } from '../spec/publish-request.ts';
import { type Pairs, attributePairs, password } from './attribute-values.ts';
import { SECRET, hostileText, near } from './hostile.ts';

/** What kubelet sends for the pod's token; the token holds {@link SECRET}. */
const tokens = JSON.stringify({ '': { token: `${SECRET}.eyJhdWQiOltdfQ.sig`, expirationTimestamp: '2026-11-25T15:00:00Z' } });

const kubeletPairs: fc.Arbitrary<Pairs> = fc
  .tuple(
    ...Object.entries(KUBELET_ATTRIBUTES).map(([name, value]) => near(fc.constant(value), 200).map((text) => [name, text] as const)),
    fc.boolean(),
  )
  .map((all) => {
    const pairs = all.filter((pair) => typeof pair !== 'boolean');
    return all.includes(true) ? [...pairs, ['csi.storage.k8s.io/serviceAccount.tokens', tokens] as const] : pairs;
  });

const secrets: fc.Arbitrary<Record<string, string>> = fc
  .array(fc.tuple(near(fc.constantFrom('store', 'csi.storage.k8s.io/serviceAccount.tokens')), password), { maxLength: 3 })
  .map((pairs) => Object.fromEntries(pairs));

const { volumeId, targetPath } = publishRequest();

/** What is not about attributes, as kubelet or a worse caller sends it. */
const fields: fc.Arbitrary<Omit<PublishRequest, 'attributes' | 'secrets'>> = fc.record({
  volumeId: near(fc.constant(volumeId), 100),
  targetPath: near(fc.constant(targetPath), 100),
  readOnly: fc.oneof({ weight: 60, arbitrary: fc.constant(true) }, fc.constant(false)),
  access: fc.oneof({ weight: 60, arbitrary: fc.constant('mount' as const) }, fc.constantFrom('block' as const, 'none' as const)),
  accessMode: near(fc.constant('SINGLE_NODE_WRITER'), 30),
  fsType: near(fc.constant(''), 30),
  mountFlags: fc.array(near(fc.constantFrom('noatime', 'context="system_u:object_r:container_file_t:s0:c1,c2"', 'context=a:b:c'), 60), {
    maxLength: 2,
  }),
  volumeMountGroup: near(fc.constantFrom('', '0', '2000', '4294967294'), 100),
});

/** Whole requests, about one in three of them sound. Passwords, secrets and tokens hold {@link SECRET}. */
export const requests: fc.Arbitrary<PublishRequest> = fc
  .tuple(kubeletPairs, near(fc.constant('ca'), 100), attributePairs, secrets, fields)
  .map(([fromKubelet, issuer, pairs, secrets, others]) => ({
    ...others,
    secrets,
    // A key given twice has the later value, as on the wire.
    attributes: Object.fromEntries([['csi.cert-manager.io/issuer-name', issuer], ...pairs, ...fromKubelet]),
  }));

const texts = fc.dictionary(
  fc.constantFrom('app', 'example.com/x', '__proto__'),
  fc.oneof(fc.constantFrom('web', 'a,b', 'Zoë'), hostileText),
  { maxKeys: 3 },
);

const facts: fc.Arbitrary<PodFacts> = fc.record({
  labels: texts,
  annotations: texts,
  ips: fc.array(fc.constantFrom('10.0.0.1', '2001:db8::9', 'x'), { maxLength: 2 }),
  conditions: fc.constant([]),
});

/** What is known of the pod: nothing yet, nothing ever, or what the API said. */
export const surroundings: fc.Arbitrary<Surroundings> = fc.record({
  nodeName: fc.constantFrom('node-7', 'node.example'),
  pod: fc.oneof(fc.constantFrom('later' as const, 'never' as const), facts),
  waitsForIp: fc.boolean(),
});
