/** The known name that is fewest edits away (Levenshtein), unless more than half of it would have to change. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const candidates = known.map((candidate) => ({ candidate, edits: editDistance(name, candidate) }));
  const nearest = candidates.toSorted((a, b) => a.edits - b.edits)[0];
  return nearest !== undefined && nearest.edits <= nearest.candidate.length / 2 ? nearest.candidate : undefined;
}

/** How many characters must be inserted, removed or replaced to make `b` of `a`. */
function editDistance(a: string, b: string): number {
  // Row by row through the table of distances between prefixes; `row[j]` is the distance to the first j characters of b.
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replace, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
