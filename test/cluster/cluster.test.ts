import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { makeCertificateRequest } from './certificate-request.ts';
import { KUBECONFIG, STATE } from './folders.ts';
import { kubectl } from './kubectl.ts';
import { lookForTraces } from './machine-traces.ts';
import { findNode } from './node.ts';
import { startPart, stopPart } from './part-process.ts';

const run = promisify(execFile);
const { signal } = new AbortController();
const UP = join(import.meta.dirname, 'up.ts');
const DOWN = join(import.meta.dirname, 'down.ts');

/** Needs root, and the machine for itself: `npm run cluster:test` while no cluster is up. */
describe('the cluster', { timeout: 30 * 60_000 }, () => {
  const untouched = lookForTraces();
  before(async () => {
    assert.equal(existsSync(STATE), false, 'a cluster is up: npm run cluster:down');
    await run(process.execPath, [UP]);
  });
  after(() => run(process.execPath, [DOWN]));

  it('says that it is up already, and how to reach it', async () => {
    const { stdout } = await run(process.execPath, [UP]);
    assert.match(stdout, /already up/);
    assert.match(stdout, new RegExp(`export KUBECONFIG=${KUBECONFIG}`));
  });

  it('has a node that is Ready', async () => {
    const nodes = await kubectl(['get', 'nodes', '--no-headers'], signal);
    assert.match(nodes, /^node1 +Ready .* v1\.\d+\.\d+\n$/);
  });

  it('runs a pod that reaches the API server by the address of its service', async () => {
    const call = 'nc -w 5 $KUBERNETES_SERVICE_HOST $KUBERNETES_SERVICE_PORT </dev/null && echo reached';
    await kubectl(['run', 'caller', '--image=busybox:1', '--restart=Never', '--', 'sh', '-c', call], signal);
    await kubectl(['wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/caller', '--timeout=60s'], signal);
    assert.equal(await kubectl(['logs', 'caller'], signal), 'reached\n');
    await kubectl(['delete', 'pod', 'caller', '--now'], signal);
  });

  it('signs an approved request by a CA issuer, and knows who asked', async () => {
    await kubectl(['apply', '--filename=-'], signal, AUTHORITY);
    await kubectl(['wait', '--for=condition=Ready', 'issuer/cluster-test', '--timeout=60s'], signal);
    await kubectl(['create', '--filename=-'], signal, await makeCertificateRequest('approved', 'cluster-test'));
    await kubectl(['wait', '--for=condition=Ready', 'certificaterequest/approved', '--timeout=30s'], signal);
    const { spec, status } = JSON.parse(await kubectl(['get', 'certificaterequest', 'approved', '--output=json'], signal));
    assert.equal(spec.username, 'podcert-cluster-admin');
    assert.deepEqual(
      status.conditions.map(({ type, reason }: Record<string, string>) => `${type} ${reason}`),
      ['Approved cert-manager.io', 'Ready Issued'],
    );
    assert.match(Buffer.from(status.certificate, 'base64').toString(), /^-----BEGIN CERTIFICATE-----/);
  });

  it('keeps a decision on a request final', async () => {
    const approved = JSON.stringify({ status: { conditions: [{ type: 'Denied', status: 'True', reason: 'test', message: 'test' }] } });
    await assert.rejects(
      kubectl(['patch', 'certificaterequest', 'approved', '--subresource=status', '--type=merge', `--patch=${approved}`], signal),
      /denied the request/,
    );
  });

  it('restarts each part alone', async () => {
    const node = await findNode();
    assert.ok(node !== undefined);
    for (const name of ['kube-apiserver', 'kubelet', 'cert-manager'] as const) {
      await stopPart(name, name === 'cert-manager' ? 'SIGTERM' : 'SIGKILL', signal);
      await startPart(node, name, signal);
    }
    await kubectl(['wait', '--for=condition=Ready', 'node/node1', '--timeout=60s'], signal);
  });

  it('leaves nothing behind, also when taken down twice', async () => {
    await run(process.execPath, [DOWN]);
    assert.deepEqual(lookForTraces(), untouched);
    assert.equal(existsSync(STATE), false);
    const { stdout } = await run(process.execPath, [DOWN]);
    assert.match(stdout, /was not up/);
  });

  it('comes up after a start that was killed, and whose node was killed too', async () => {
    const killed = spawn(process.execPath, [UP], { stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const line of createInterface(killed.stdout)) if (line.startsWith('kube-apiserver:')) killed.kill('SIGKILL');
    if (killed.exitCode === null && killed.signalCode === null) await once(killed, 'exit');
    assert.equal(killed.signalCode, 'SIGKILL');
    process.kill((await findNode())!.holder.pid, 'SIGKILL');
    const { stdout } = await run(process.execPath, [UP]);
    assert.match(stdout, /The cluster is up/);
    await run(process.execPath, [DOWN]);
    assert.deepEqual(lookForTraces(), untouched);
  });

  it('leaves nothing behind when it is interrupted while it starts', async () => {
    const interrupted = spawn(process.execPath, [UP], { stdio: ['ignore', 'pipe', 'pipe'] });
    for await (const line of createInterface(interrupted.stdout)) if (line.startsWith('kube-apiserver:')) interrupted.kill('SIGINT');
    if (interrupted.exitCode === null) await once(interrupted, 'exit');
    assert.equal(interrupted.exitCode, 1);
    assert.deepEqual(lookForTraces(), untouched);
  });
});

/** A root that signs itself, its certificate, and an issuer that signs by it. */
const AUTHORITY = `
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: { name: cluster-test-root }
spec: { selfSigned: {} }
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: { name: cluster-test, namespace: default }
spec:
  isCA: true
  commonName: cluster-test
  secretName: cluster-test
  privateKey: { algorithm: ECDSA }
  issuerRef: { kind: ClusterIssuer, name: cluster-test-root }
---
apiVersion: cert-manager.io/v1
kind: Issuer
metadata: { name: cluster-test, namespace: default }
spec: { ca: { secretName: cluster-test } }
`;
