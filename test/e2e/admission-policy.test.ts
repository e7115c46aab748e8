import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { requestsIn } from './certificate-requests.ts';
import { apply, kubectl } from './cluster-access.ts';
import { driverOnNode, outcomeOf, ownDriverAccount, STOLEN, stolenToken } from './driver-account.ts';
import { DRIVER_NAMESPACE, installDriver } from './install.ts';
import { ownNamespace } from './namespaces.ts';
import { startPod } from './pods.ts';
import { readVolume } from './volume-files.ts';
import { waitFor } from './wait.ts';

const IMAGE = process.env['PODCERT_E2E_IMAGE'];
const POLICY = 'podcert-own-node';
const UNBOUND = /ValidatingAdmissionPolicy 'podcert-own-node'.* denied request: .*is bound to no node/;

describe('under the policy that holds each node to requests of its own', () => {
  const namespace = ownNamespace('own-node');
  const account = ownDriverAccount();
  let node: string;
  before(async () => {
    await installDriver(IMAGE, 'own-node');
    node = (await driverOnNode()).node;
    await waitFor('the policy', namespace, 30_000, async () =>
      (await outcomeOf(() => create(namespace, undefined, 'probe'))).match(UNBOUND) ? true : undefined,
    );
  });
  // After the namespace is gone.
  after(async () => {
    await installDriver(IMAGE);
    for (const kind of ['validatingadmissionpolicybinding', 'validatingadmissionpolicy'])
      await kubectl(['delete', kind, POLICY, '--ignore-not-found']);
  });

  it('the driver issues and renews, and removes the requests of before', async () => {
    await startPod({ namespace, name: 'web', attributes: { duration: '40s' } });
    const old = await readVolume(namespace, 'web');
    await waitFor('a renewal', namespace, 60_000, async () => {
      return (await readVolume(namespace, 'web')).leaf.serialNumber === old.leaf.serialNumber ? undefined : true;
    });
    await waitFor('the former request to go', namespace, 30_000, async () =>
      (await requestsIn(namespace)).length === 1 ? true : undefined,
    );
    const log = await kubectl(['logs', 'daemonset/podcert', `--namespace=${DRIVER_NAMESPACE}`]);
    assert.doesNotMatch(log, /"level":"error"|cleanup-failed/);
  });

  it('a stolen token makes and deletes no request of another node', async () => {
    const token = await stolenToken();
    const refused = new RegExp(
      `denied request: a token of node '${STOLEN.node}' may change no CertificateRequest whose annotation .* is '${node}'`,
    );
    assert.match(await outcomeOf(() => create(namespace, token, node)), refused);
    const [request] = await requestsIn(namespace);
    assert.match(await outcomeOf(() => remove(namespace, token, request!.metadata.name)), refused);
    assert.equal((await requestsIn(namespace)).length, 1);
  });

  it('a stolen token deletes no request that the driver did not make', async () => {
    await apply(requestOf(namespace, 'of-somebody', undefined));
    assert.match(await outcomeOf(async () => remove(namespace, await stolenToken(), 'of-somebody')), /whose annotation .* is ''/);
  });

  it('a stolen token makes requests of its own node, for whatever name it likes: that is left to approvers', async () => {
    const token = await stolenToken();
    await create(namespace, token, STOLEN.node);
    await remove(namespace, token, `of-${STOLEN.node}`);
  });

  it('a token that is bound to no node is good for nothing', async () => {
    assert.match(await outcomeOf(() => create(namespace, undefined, node)), UNBOUND);
    const [request] = await requestsIn(namespace);
    assert.match(await outcomeOf(() => remove(namespace, undefined, request!.metadata.name)), UNBOUND);
  });

  /** Creates a request by a token of the driver's account. */
  async function create(namespace: string, token: string | undefined, of: string): Promise<void> {
    await account.kubectl(token, ['create', '--filename=-'], JSON.stringify(requestOf(namespace, `of-${of}`, of)));
  }

  async function remove(namespace: string, token: string | undefined, name: string): Promise<void> {
    await account.kubectl(token, ['delete', 'certificaterequest', name, `--namespace=${namespace}`]);
  }
});

const csrPem = execFileSync(
  'openssl',
  ['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', '/dev/null', '-subj', '/CN=anybody'],
  { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
);

/** A request that no issuer answers. */
function requestOf(namespace: string, name: string, node: string | undefined): object {
  return {
    apiVersion: 'cert-manager.io/v1',
    kind: 'CertificateRequest',
    metadata: { namespace, name, ...(node !== undefined && { annotations: { 'podcert.io/node': node } }) },
    spec: { request: Buffer.from(csrPem).toString('base64'), issuerRef: { name: 'nobody', kind: 'Issuer', group: 'example.com' } },
  };
}
