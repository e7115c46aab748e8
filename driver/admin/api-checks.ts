import type { ApiOutlook } from '../../node-agent/api-outlook.ts';
import type { CheckAnswer } from './answers.ts';
import type { WatchSight } from './sightings.ts';

const NO_CLUSTER = 'The driver was started without a Kubernetes API';

export function judgeReach(api: ApiOutlook | undefined): CheckAnswer {
  const name = 'api';
  if (api === undefined) return { name, outcome: 'unknown', finding: NO_CLUSTER };
  if (api.failure === undefined) return { name, outcome: 'ok', finding: 'The API server answers' };
  const cure =
    "see to the API server, to the network from the driver's pod to it, and to the driver's service account; volumes stay as they are";
  return { name, outcome: 'failed', finding: api.failure.message, cure };
}

export function judgeWatches(api: ApiOutlook | undefined, watches: readonly WatchSight[]): CheckAnswer {
  const name = 'watch';
  if (api === undefined) return { name, outcome: 'unknown', finding: NO_CLUSTER };
  if (watches.length === 0) return { name, outcome: 'unknown', finding: 'No watch has been opened yet' };
  const down = watches.filter(({ isOpen }) => !isOpen);
  if (down.length === 0) {
    return {
      name,
      outcome: 'ok',
      finding: watches.map(({ resource, sinceAt }) => `The watch on ${resource} has been open since ${sinceAt.toISOString()}`).join('; '),
    };
  }
  const finding = down.map(
    ({ resource, sinceAt, failure }) => `The watch on ${resource} is down, last tried at ${sinceAt.toISOString()}: ${failure?.message}`,
  );
  const cure =
    'see that the driver may list and watch it (manifests/2-rbac.yaml), and that nothing in between cuts long connections; it is tried again by itself';
  return { name, outcome: 'failed', finding: finding.join('; '), cure };
}

/** Certificates that begin to be valid within a minute are waited for; a difference of seconds is usual. */
const MINUTE_MS = 60_000;
const USUAL_MS = 5_000;

export function judgeClock(api: ApiOutlook | undefined): CheckAnswer {
  const name = 'clock';
  const aheadMs = api?.clockAheadMs;
  if (aheadMs === undefined) return { name, outcome: 'unknown', finding: 'No answer of the API server says what time it is there' };
  const seconds = Math.abs(aheadMs / 1_000).toFixed(1);
  const finding = `The clock of this node is ${seconds} s ${aheadMs < 0 ? 'behind' : 'ahead of'} the API server's, give or take a second`;
  if (Math.abs(aheadMs) <= USUAL_MS) return { name, outcome: 'ok', finding };
  const cure = 'have both set by NTP (chronyc tracking, timedatectl): certificates are refused by whom they are not valid yet';
  return { name, outcome: Math.abs(aheadMs) <= MINUTE_MS ? 'warning' : 'failed', finding, cure };
}

export function judgeRequests(api: ApiOutlook | undefined, usesPodToken: boolean): CheckAnswer {
  const name = 'requests';
  if (api === undefined) return { name, outcome: 'unknown', finding: NO_CLUSTER };
  if (usesPodToken) {
    return { name, outcome: 'unknown', finding: "Each pod's own account creates its requests: whether it may is told where it may not" };
  }
  const may = api.mayCreateRequests;
  if (may === undefined)
    return { name, outcome: 'unknown', finding: 'The API server does not say whether the driver may create CertificateRequests' };
  if (may) return { name, outcome: 'ok', finding: 'The driver may create CertificateRequests in every namespace' };
  const cure = 'give its service account the ClusterRole of manifests/2-rbac.yaml';
  return { name, outcome: 'failed', finding: 'The driver may not create CertificateRequests in every namespace', cure };
}
