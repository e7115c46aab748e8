import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { SETTINGS } from '../cluster/folders.ts';
import { kubectl, needsOwnNode } from './cluster-access.ts';
import { isAllowed } from './rights.ts';
import { waitFor } from './wait.ts';

/** Why a test that takes the approver's rights away cannot run; false where it can. For `describe`'s option `skip`. */
export const onlyOurApprover =
  needsOwnNode && 'it takes the rights of cert-manager’s approver away, which other clusters give in other ways';

/**
 * Longer than cert-manager's webhook goes on allowing what the API server allowed a moment ago: `AllowCacheTTL` of its authorizer is one
 * second (cert-manager, internal/webhook/webhook.go), which begins when the answer arrives.
 */
const ALLOWANCE_MS = 2_000;

/** Has requests wait for another approver than cert-manager's own. @param namespace what is told of where that fails. */
export async function disallowApprover(namespace: string): Promise<void> {
  await kubectl(['delete', 'clusterrolebinding', 'cert-manager-approver']);
  // The API server hears of it from its own watch, and till then the approver is quicker than we.
  await waitFor('the approver to have no rights', namespace, 30_000, async () => ((await mayApprove()) ? undefined : true));
  await pause(ALLOWANCE_MS);
}

/** Has cert-manager's own approver approve again. */
export async function allowApprover(): Promise<void> {
  await kubectl(['apply', '--server-side', `--filename=${join(SETTINGS, 'cert-manager/roles.yaml')}`]);
}

/** Writes an approver's decision into requests, as the admin, who may approve everything. */
export async function decide(type: 'Approved' | 'Denied', message: string, namespace: string, ...names: readonly string[]): Promise<void> {
  // To the second, as metav1.Time has it: a fraction is lost with cert-manager's next update, which its webhook takes for another decision.
  const lastTransitionTime = new Date().toISOString().replace(/\.\d+/, '');
  const patch = JSON.stringify({ status: { conditions: [{ type, status: 'True', reason: 'test', message, lastTransitionTime }] } });
  const what = ['certificaterequests', ...names, `--namespace=${namespace}`];
  await kubectl(['patch', ...what, '--subresource=status', '--type=merge', `--patch=${patch}`]);
}

/** Whether cert-manager's own approver may approve requests for issuers. */
function mayApprove(): Promise<boolean> {
  return isAllowed('cert-manager', { group: 'cert-manager.io', resource: 'signers', verb: 'approve', name: 'issuers.cert-manager.io/*' });
}
