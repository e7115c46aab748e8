import type { Problem } from '../errors.ts';
import type { Delivered, Issuer } from '../ports.ts';
import type { AskedOfIssuer, IssuerReference } from '../wanted.ts';

/** Which issuer a pod means. */
export interface IssuerRegistry {
  /** The issuer that `reference` names, or every reason why it cannot issue what is wanted. */
  find(reference: IssuerReference, wanted: AskedOfIssuer): FoundIssuer;
  /** Starts all issuers, see {@link Issuer.start}. */
  start(delivered: readonly Delivered[], signal: AbortSignal): void;
}

/** The issuer that a pod means, or everything that keeps it from issuing for this pod. */
export type FoundIssuer =
  | { readonly kind: 'found'; readonly issuer: Issuer }
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] };

/** The issuers this process has; absent: not configured. */
export interface Issuers {
  readonly certManager?: Issuer;
  readonly localCa?: Issuer;
}

/** The group of the issuers that this driver brings along. */
const OWN_GROUP = 'podcert.io';
const LOCAL_CA = 'LocalCA';

/** Groups other than our own go to cert-manager's API, which serves its own issuers and external ones alike. */
export function createIssuerRegistry(issuers: Issuers): IssuerRegistry {
  return {
    find(reference, wanted) {
      const found = findNamed(reference, issuers);
      if (found.kind === 'refused') return found;
      const problems = found.issuer.refuses?.(wanted) ?? [];
      return problems.length > 0 ? { kind: 'refused', problems } : found;
    },
    start(delivered, signal) {
      for (const issuer of [issuers.certManager, issuers.localCa]) issuer?.start?.(delivered, signal);
    },
  };
}

function findNamed(reference: IssuerReference, { certManager, localCa }: Issuers): FoundIssuer {
  if (reference.group !== OWN_GROUP) return certManager === undefined ? refuse(noApi(reference)) : { kind: 'found', issuer: certManager };
  if (reference.kind !== LOCAL_CA) return refuse(unknownKind(reference));
  return localCa === undefined ? refuse(localCaOff(reference)) : { kind: 'found', issuer: localCa };
}

function refuse(problem: Problem): FoundIssuer {
  return { kind: 'refused', problems: [problem] };
}

function unknownKind({ kind }: IssuerReference): Problem {
  return {
    field: 'csi.cert-manager.io/issuer-kind',
    value: kind,
    why: `the group "${OWN_GROUP}" has no issuer of this kind`,
    cure: `write "${LOCAL_CA}", or leave csi.cert-manager.io/issuer-group out to use an issuer of cert-manager`,
  };
}

function localCaOff({ kind }: IssuerReference): Problem {
  return {
    field: 'csi.cert-manager.io/issuer-kind',
    value: kind,
    why: 'the local CA is off on this node',
    cure: 'start the driver with --local-ca-dir=<folder>, or use an issuer of cert-manager',
  };
}

function noApi({ group }: IssuerReference): Problem {
  return {
    field: 'csi.cert-manager.io/issuer-group',
    value: group,
    why: 'issuers of this group are reached through the Kubernetes API, and the driver runs without one',
    cure: `start the driver in a cluster or with --kubeconfig, or write "${OWN_GROUP}" with csi.cert-manager.io/issuer-kind "${LOCAL_CA}"`,
  };
}
