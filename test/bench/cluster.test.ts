import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deploymentOf } from '../../bench/cluster/deployment.ts';
import { figureOf, type Round } from '../../bench/cluster/figure.ts';
import { isReached } from '../../bench/figures.ts';
import { accepted } from '../spec/publish-request.ts';

interface Deployment {
  readonly spec: {
    readonly template: { readonly spec: { readonly volumes: readonly { readonly csi?: { readonly volumeAttributes: object } }[] } };
  };
}

describe('the Deployments that are compared on a cluster', () => {
  const wish = { namespace: 'default', name: 'some', pods: 100, key: 'ECDSA' };
  const withCertificates = deploymentOf({ ...wish, contents: 'certificate' }) as Deployment;
  const withNothing = deploymentOf({ ...wish, contents: 'nothing' }) as Deployment;

  it('differ in what their volume is, and in nothing else', () => {
    const { volumes, ...pod } = withCertificates.spec.template.spec;
    const { volumes: empty, ...other } = withNothing.spec.template.spec;
    assert.deepEqual(pod, other);
    assert.deepEqual(empty, [{ name: 'tls', emptyDir: {} }]);
    assert.equal(volumes.length, 1);
  });

  it('ask for certificates that are accepted', () => {
    const [volume] = withCertificates.spec.template.spec.volumes;
    const { wanted } = accepted({ ...volume?.csi?.volumeAttributes });
    assert.deepEqual(wanted.dnsNames, ['web-6d4cf56db6-x7k2p']);
  });
});

function round(certificateSeconds: number, nothingSeconds: number): Round {
  return { certificate: certificateSeconds * 1_000, nothing: nothingSeconds * 1_000 };
}

describe('the figure of a cluster', () => {
  it('is the median of what each round says, not of all rounds together', () => {
    const figure = figureOf('pods', [round(10, 8), round(60, 50), round(9, 9)]);
    assert.equal(figure.value, 1.2);
    assert.equal(figure.detail, '10.0 s ÷ 8.0 s, 60.0 s ÷ 50.0 s, 9.0 s ÷ 9.0 s');
  });

  it('is missed where certificates take a third longer', () => {
    assert.equal(isReached(figureOf('pods', [round(13, 10)])), true);
    assert.equal(isReached(figureOf('pods', [round(14, 10)])), false);
  });
});
