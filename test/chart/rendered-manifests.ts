import { renderText, type Values } from './helm.ts';

interface Source {
  /** Below `templates/` of the chart. */
  readonly template: string;
  readonly values: Values;
}

/** What is rendered of the chart, by its path in `manifests/`. The namespace is not the chart's to make. */
const SOURCES: Readonly<Record<string, Source>> = {
  '1-service-account.yaml': { template: 'service-account.yaml', values: {} },
  '2-rbac.yaml': { template: 'rbac.yaml', values: {} },
  '3-csi-driver.yaml': { template: 'csi-driver.yaml', values: {} },
  '4-daemon-set.yaml': { template: 'daemon-set.yaml', values: {} },
  'own-node/policy.yaml': { template: 'own-node.yaml', values: { ownNode: { enabled: true } } },
  'startup-taint/policy.yaml': { template: 'startup-taint.yaml', values: { startupTaint: { enabled: true } } },
  'token-request/requester.yaml': { template: 'token-request.yaml', values: { app: { driver: { useTokenRequest: true } } } },
};

/** What tells the objects of one release from those of another: of no use to somebody who applies files. */
const LABELS_OF_HELM = /^ +(?:app\.kubernetes\.io\/(?:instance|managed-by|version)|helm\.sh\/chart): .*\n/gm;

/** The texts of all manifests that come from the chart, by their paths in `manifests/`. */
export function renderManifests(): ReadonlyMap<string, string> {
  return new Map(Object.entries(SOURCES).map(([path, source]) => [path, manifestOf(source)]));
}

function manifestOf({ template, values }: Source): string {
  const documents = renderText(values, [`--show-only=templates/${template}`]).split(/^---\n# Source: .*\n/m);
  return documents
    .slice(1)
    .map((text) => `${text.replaceAll(LABELS_OF_HELM, '').trim()}\n`)
    .join('---\n');
}
