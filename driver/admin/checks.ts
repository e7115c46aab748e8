import { dirname } from 'node:path';
import type { ApiOutlook } from '../../node-agent/api-outlook.ts';
import type { KeyStatus } from '../../node-agent/ports.ts';
import type { Ground } from '../../node-agent/volume-view.ts';
import type { CheckAnswer } from './answers.ts';
import { judgeClock, judgeReach, judgeRequests, judgeWatches } from './api-checks.ts';
import { judgeDataRoot, judgeKernel, judgePropagation, judgeSwap } from './ground-checks.ts';
import type { Sightings } from './sightings.ts';

/** All that is judged, as it was found just now. */
export interface Findings {
  /** Absent: the driver is not told to register itself. */
  readonly registrationPath?: string;
  readonly sightings: Pick<Sightings, 'isRegistered' | 'watches'>;
  readonly ground: Ground;
  /** Whether the node has any swap. */
  readonly hasSwap: boolean;
  /** As uname(2) has it, such as `6.8.0-45-generic`. */
  readonly kernelRelease: string;
  /** Absent: there is no cluster. */
  readonly api?: ApiOutlook;
  readonly usesPodToken: boolean;
  readonly keys: KeyStatus;
}

/** What only the node can judge, each with what to do about it. */
export function judge(findings: Findings): readonly CheckAnswer[] {
  const { ground, api, sightings } = findings;
  return [
    judgeRegistration(findings),
    judgePropagation(ground),
    judgeDataRoot(ground),
    judgeSwap(ground, findings.hasSwap),
    judgeKernel(findings.kernelRelease),
    judgeReach(api),
    judgeWatches(api, [...sightings.watches]),
    judgeClock(api),
    judgeRequests(api, findings.usesPodToken),
    judgeKeys(findings.keys),
  ];
}

function judgeRegistration({ registrationPath, sightings }: Findings): CheckAnswer {
  const name = 'registration';
  if (registrationPath === undefined) {
    return { name, outcome: 'unknown', finding: 'Registration with kubelet is left to a node-driver-registrar: see its log' };
  }
  if (sightings.isRegistered === undefined) {
    const folder = JSON.stringify(dirname(registrationPath));
    const finding = `The driver has not asked kubelet to register it: where there is no ${folder}, a node-driver-registrar does so, see its log`;
    return { name, outcome: 'unknown', finding };
  }
  if (sightings.isRegistered) return { name, outcome: 'ok', finding: 'kubelet has registered the driver' };
  const finding = `kubelet has not registered the driver, which waits for it at ${JSON.stringify(registrationPath)}`;
  const cure = "see that this is kubelet's plugins_registry, and what the logs of kubelet and the driver say of the registration";
  return { name, outcome: 'failed', finding, cure };
}

/** More than that, and pods wait for keys rather than for their issuer. */
const MANY_KEYS = 50;

function judgeKeys({ waiting, generating, spares }: KeyStatus): CheckAnswer {
  const name = 'keys';
  const finding = `${spares} spare RSA keys, ${generating} keys being made, ${waiting} waiting for their turn`;
  if (waiting <= MANY_KEYS) return { name, outcome: 'ok', finding };
  return {
    name,
    outcome: 'warning',
    finding,
    cure: 'give the driver more of the processor, or have pods ask for ECDSA keys (key-algorithm)',
  };
}
