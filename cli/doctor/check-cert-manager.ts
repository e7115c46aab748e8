import { MINUTE_MS } from '../clock.ts';
import type { DriverPod } from '../nodes/driver-pods.ts';
import { formatSpan } from '../output/time.ts';
import type { CertificateRequest, ClusterFacts, Deployment } from './cluster-facts.ts';
import { failed, hidden, ok, warning, type Finding } from './finding.ts';
import { isOlder } from './versions.ts';

/** The first with the condition Approved, which approvers set and the driver waits for. */
const LEAST_VERSION = '1.3.0';
/** Approvers act at once; people do not. */
const APPROVAL_MS = 2 * MINUTE_MS;
const INSTALL = 'install cert-manager (cert-manager.io), or use the local CA (--local-ca-dir)';

/** Everything about cert-manager; a cluster that lives by the local CA needs none. */
export function checkCertManager(facts: ClusterFacts, drivers: readonly DriverPod[], now: Date): readonly Finding[] {
  const hasLocalCa = drivers.some(({ args }) => args.some((arg) => /^--local-ca-dir=./.test(arg)));
  const { definition } = facts;
  if (definition.kind === 'absent' && hasLocalCa) return [ok('cert-manager-crd', 'There is no cert-manager; the drivers have a local CA')];
  const findings = [checkDefinition(facts), ...checkDeployments(facts), checkWebhook(facts), checkApproval(facts, now)];
  return definition.kind === 'absent' ? findings.slice(0, 1) : findings;
}

function checkDefinition({ definition }: ClusterFacts): Finding {
  const name = 'cert-manager-crd';
  if (definition.kind === 'hidden') return hidden(name, definition);
  if (definition.kind === 'absent') return failed(name, 'The API has no CertificateRequests: there is no cert-manager', INSTALL);
  const { spec, status } = definition.value;
  const isServed = spec.versions.some((version) => version.name === 'v1' && version.served);
  const isEstablished = status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') === true;
  if (isServed && isEstablished) return ok(name, 'The API serves cert-manager.io/v1 CertificateRequests');
  return failed(
    name,
    `The API ${isServed ? 'has not established' : 'does not serve version v1 of'} CertificateRequests`,
    "apply cert-manager's CRDs again",
  );
}

function checkDeployments({ certManager }: ClusterFacts): readonly Finding[] {
  const name = 'cert-manager';
  if (certManager.kind === 'hidden') return [hidden(name, certManager)];
  const deployments = certManager.kind === 'known' ? certManager.value : [];
  if (deployments.length === 0) {
    return [
      warning(
        name,
        'No Deployment has the label app.kubernetes.io/instance=cert-manager: whether it runs cannot be seen',
        'look whether its controller runs; it may have other labels',
      ),
    ];
  }
  return deployments.map(checkDeployment);
}

function checkDeployment({ metadata, spec, status }: Deployment): Finding {
  const wanted = spec.replicas ?? 1;
  const available = status?.availableReplicas ?? 0;
  const version = metadata.labels?.['app.kubernetes.io/version'];
  const what = `Deployment "${metadata.namespace}/${metadata.name}"${version === undefined ? '' : ` (${version})`}: ${available} of ${wanted} available`;
  if (available < Math.max(1, wanted))
    return failed('cert-manager', what, `kubectl -n ${metadata.namespace} describe deployment ${metadata.name}`);
  if (version !== undefined && isOlder(version, LEAST_VERSION))
    return failed('cert-manager', `${what}; it is too old`, `${LEAST_VERSION} or newer has approvers`);
  return ok('cert-manager', what);
}

function checkWebhook({ webhooks }: ClusterFacts): Finding {
  const name = 'cert-manager-webhook';
  if (webhooks.kind === 'hidden') return hidden(name, webhooks);
  const count = webhooks.kind === 'known' ? webhooks.value.length : 0;
  if (count > 0) return ok(name, `cert-manager's webhook judges its objects (${count} configuration${count === 1 ? '' : 's'})`);
  return warning(
    name,
    'No validating webhook has the label app.kubernetes.io/instance=cert-manager',
    'without it a request may be changed after it was approved; apply it again',
  );
}

function checkApproval({ requests }: ClusterFacts, now: Date): Finding {
  const name = 'approval';
  if (requests.kind === 'hidden') return hidden(name, requests);
  const waiting = (requests.kind === 'known' ? requests.value : []).filter(
    (request) => isUnjudged(request) && ageMs(request, now) > APPROVAL_MS,
  );
  if (waiting.length === 0) return ok(name, `No request of a driver waits longer than ${formatSpan(APPROVAL_MS)} for an approver`);
  const [oldest] = waiting.toSorted((one, other) => ageMs(other, now) - ageMs(one, now));
  const example =
    oldest === undefined ? '' : `, "${oldest.metadata.namespace}/${oldest.metadata.name}" since ${formatSpan(ageMs(oldest, now))}`;
  const cure =
    "approve them (cmctl approve), or have an approver that does: cert-manager's own is off where its flag --controllers leaves it out, approver-policy needs a policy";
  return warning(name, `${waiting.length} of the drivers' requests were neither approved nor denied${example}`, cure);
}

/** Made by a driver of ours, which names its node on each, and not looked at by an approver. */
function isUnjudged({ metadata, status }: CertificateRequest): boolean {
  const isOurs = metadata.annotations?.['podcert.io/node'] !== undefined;
  return isOurs && !status?.conditions?.some(({ type, status }) => ['Approved', 'Denied', 'Ready'].includes(type) && status === 'True');
}

function ageMs({ metadata }: CertificateRequest, now: Date): number {
  return now.getTime() - Date.parse(metadata.creationTimestamp ?? now.toISOString());
}
