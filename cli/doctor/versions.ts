import { VERSION } from '../../driver/version.ts';
import type { ClusterFacts } from './cluster-facts.ts';
import { failed, hidden, ok, warning, type Finding } from './finding.ts';

/** The first with inline CSI volumes for good (CSIInlineVolume, generally available). */
const LEAST_KUBERNETES = '1.25.0';

/** Whether `v1.2.3` comes before `1.3.0`; what is behind a hyphen does not count. */
export function isOlder(version: string, than: string): boolean {
  const [one, other] = [version, than].map((text) => (/\d+(?:\.\d+)*/.exec(text)?.[0] ?? '').split('.').map(Number));
  for (let index = 0; index < 3; index++) {
    const difference = (one?.[index] ?? 0) - (other?.[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** Drivers, this program and Kubernetes. @param drivers the version on each node that answered. */
export function checkVersions({ version }: ClusterFacts, drivers: ReadonlyMap<string, string>): readonly Finding[] {
  return [...checkDrivers(drivers), checkKubernetes(version)];
}

function checkDrivers(drivers: ReadonlyMap<string, string>): readonly Finding[] {
  const name = 'versions';
  const versions = [...new Set(drivers.values())].toSorted();
  if (versions.length === 0) return [];
  const findings: Finding[] = [];
  if (versions.length > 1) {
    findings.push(
      warning(
        name,
        `The drivers have versions ${versions.join(' and ')}`,
        'wait for the end of the upgrade, or look why it stands still (daemon-set)',
      ),
    );
  }
  if (versions.some((each) => each !== VERSION)) {
    findings.push(
      warning(
        name,
        `kubectl podcert is ${VERSION}, the drivers are ${versions.join(' and ')}`,
        'take the kubectl-podcert of the version of the drivers',
      ),
    );
  }
  return findings.length > 0 ? findings : [ok(name, `kubectl podcert and all drivers that answered are ${VERSION}`)];
}

function checkKubernetes(version: ClusterFacts['version']): Finding {
  const name = 'kubernetes-version';
  if (version.kind === 'hidden') return hidden(name, version);
  if (version.kind === 'absent') return hidden(name, { kind: 'hidden', why: 'The API server does not say which Kubernetes it is of' });
  const what = `Kubernetes is ${version.value.gitVersion}`;
  if (isOlder(version.value.gitVersion, LEAST_KUBERNETES))
    return failed(name, what, `${LEAST_KUBERNETES} or newer has inline volumes for good`);
  return ok(name, what);
}
