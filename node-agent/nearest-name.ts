/**
 * The name that takes the fewest edits (one character put in, taken out or replaced; Levenshtein) to get to from `text`, the first of
 * equals; undefined where each takes more than `within`. A small `within` makes it quick.
 */
export function nearestName<Name extends string>(
  text: string,
  names: readonly Name[],
  within = Infinity,
): { readonly name: Name; readonly edits: number } | undefined {
  let nearest: { readonly name: Name; readonly edits: number } | undefined;
  for (const name of names) {
    // The difference in length is the least it can take.
    const enough = nearest?.edits ?? within + 1;
    if (Math.abs(name.length - text.length) >= enough) continue;
    const edits = editDistance(text, name);
    if (edits < enough) nearest = { name, edits };
  }
  return nearest;
}

function editDistance(from: string, to: string): number {
  // One row of the table of distances between beginnings of the two: row[j] is that to the first j characters of `to`.
  let row = Array.from({ length: to.length + 1 }, (_, length) => length);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
