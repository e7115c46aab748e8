import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { V1Deployment } from '@kubernetes/client-node';
import { VERSION } from '../../driver/version.ts';
import { only, readFolder } from '../manifests/read.ts';
import { apply, getJson, keepsAll, kubectl } from './cluster-access.ts';
import { waitUntilIssuerIsReady } from './issuers.ts';
import { deleteNamespace } from './namespaces.ts';
import type { Pod } from './pods.ts';
import { waitFor } from './wait.ts';

/** The examples' own. */
const NAMESPACE = 'mtls-example';
const PORT = 8443;
/** The driver's image has a Node, and every node of the cluster has the image. */
const IMAGE = process.env['PODCERT_E2E_IMAGE'] ?? `podcert:${VERSION}`;
/** Renewed after 6 to 13 s. */
const DURATION = '20s';
const RENEWALS = 3;

describe('the example with cert-manager', () => {
  const objects = readFolder('examples/cert-manager');
  before(async () => {
    const others = objects.filter(({ kind }) => kind !== 'Deployment');
    for (const object of others) await apply(object);
    await waitUntilIssuerIsReady('issuer/example-ca', NAMESPACE);
    await apply(adapted(only(objects, 'Deployment', 'server')));
    const { status } = await readyPod('server');
    await apply(adapted(only(objects, 'Deployment', 'client'), status.podIP));
    await readyPod('client');
  });
  after(async () => {
    if (!keepsAll) await deleteNamespace(NAMESPACE);
  });

  it('speaks mTLS by service account names, and no request fails while both certificates are renewed', async () => {
    const answers = await waitFor(`answers from ${RENEWALS + 1} certificates`, NAMESPACE, 120_000, async () => {
      const lines = (await logOf('client')).trim().split('\n');
      return serialsIn(lines).size > RENEWALS ? lines : undefined;
    });
    assert.deepEqual(
      answers.filter((line) => !line.startsWith('200 from a server')),
      [],
    );
    assert.equal(await logOf('server'), `serving on port ${PORT}\n`);
  });

  it('refuses a client of another name', async () => {
    await kubectl([
      'set',
      'env',
      'deployment/server',
      'ALLOWED_CLIENT=spiffe://cluster.local/ns/mtls-example/sa/nobody',
      `--namespace=${NAMESPACE}`,
    ]);
    await kubectl(['rollout', 'status', 'deployment/server', `--namespace=${NAMESPACE}`, '--timeout=60s']);
    const { status } = await readyPod('server');
    await apply(adapted(only(objects, 'Deployment', 'client'), status.podIP));
    await waitFor('a refusal', NAMESPACE, 60_000, async () => (await logOf('client')).includes('403 from a server') || undefined);
  });
});

/** The example's Deployment with another image, a short life, and the server's address in place of a cluster DNS, which not every cluster has. */
function adapted(deployment: V1Deployment, serverAddress?: string): object {
  const copy = structuredClone(deployment);
  const pod = copy.spec!.template.spec!;
  const [container] = pod.containers;
  container!.image = IMAGE;
  for (const { csi } of pod.volumes!) if (csi !== undefined) csi.volumeAttributes!['csi.cert-manager.io/duration'] = DURATION;
  if (serverAddress !== undefined) {
    pod.hostAliases = [{ ip: serverAddress, hostnames: [`server.${NAMESPACE}.svc`] }];
    container!.env = [
      { name: 'SERVER', value: `https://server.${NAMESPACE}.svc:${PORT}` },
      { name: 'EVERY_MS', value: '100' },
    ];
  }
  return copy;
}

async function readyPod(app: string): Promise<Pod> {
  await kubectl(['rollout', 'status', `deployment/${app}`, `--namespace=${NAMESPACE}`, '--timeout=60s']);
  const { items } = await getJson<{ items: Pod[] }>(['pods', `--namespace=${NAMESPACE}`, `--selector=app=${app}`]);
  const [pod] = items.filter(({ status }) => status.containerStatuses?.[0]?.ready);
  assert.ok(pod !== undefined);
  return pod;
}

function logOf(app: string): Promise<string> {
  return kubectl(['logs', `deployment/${app}`, `--namespace=${NAMESPACE}`, '--tail=-1']);
}

function serialsIn(lines: readonly string[]): Set<string | undefined> {
  return new Set(lines.map((line) => /certificate (\w+)/.exec(line)?.[1]));
}
