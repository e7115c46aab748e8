/** One spec of csi-sanity, and what became of it. */
export interface SpecOutcome {
  /** The containers it stands in and its own text, such as `Node Service NodeGetInfo should return appropriate values`. */
  readonly name: string;
  readonly state: 'passed' | 'skipped' | 'failed';
  /** What csi-sanity says of a spec that it did not run to its end; empty where it was told to leave it out. */
  readonly message: string;
}

/** As much as is read of ginkgo's JSON report: an array of its `Report`s. */
type Report = readonly {
  readonly SpecReports: readonly {
    readonly ContainerHierarchyTexts: readonly string[] | null;
    readonly LeafNodeText: string;
    /** `It` for a spec; others are what is done before and after all of them. */
    readonly LeafNodeType: string;
    readonly State: string;
    readonly Failure?: { readonly Message: string };
  }[];
}[];

/** Reads what csi-sanity writes for `--ginkgo.json-report`, sorted by name. A state that is not known is a failure. */
export function readSanityReport(json: string): readonly SpecOutcome[] {
  const leaves = (JSON.parse(json) as Report).flatMap(({ SpecReports }) => SpecReports);
  const outcomes = leaves
    .filter((leaf) => leaf.LeafNodeType === 'It' || leaf.State === 'failed')
    .map(({ ContainerHierarchyTexts, LeafNodeText, LeafNodeType, State, Failure }) => ({
      name: [...(ContainerHierarchyTexts ?? []), LeafNodeText || LeafNodeType].join(' '),
      state: stateOf(State),
      message: Failure?.Message ?? '',
    }));
  return outcomes.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function stateOf(state: string): SpecOutcome['state'] {
  if (state === 'passed') return 'passed';
  // Pending is a spec that csi-sanity itself has switched off.
  return state === 'skipped' || state === 'pending' ? 'skipped' : 'failed';
}
