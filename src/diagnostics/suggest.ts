/** "Did you mean": the known name that is nearest to a word, where one is near enough. */

const longestWord = 64;

/**
 * The edits (insert, delete, replace, exchange two neighbours) that turn one word into the other; `limit + 1` where
 * there are more than `limit`. The optimal string alignment form of Damerau's and Levenshtein's distance.
 */
export function editDistance(left: string, right: string, limit: number): number {
  if (Math.abs(left.length - right.length) > limit) return limit + 1;
  let before: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    let smallest = row;
    for (let column = 1; column <= right.length; column++) {
      const isSame = left[row - 1] === right[column - 1];
      let cost = Math.min(
        previous[column]! + 1,
        current[column - 1]! + 1,
        previous[column - 1]! + (isSame ? 0 : 1),
      );
      const isExchange =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (isExchange) cost = Math.min(cost, before[column - 2]! + 1);
      current.push(cost);
      smallest = Math.min(smallest, cost);
    }
    if (smallest > limit) return limit + 1;
    before = previous;
    previous = current;
  }
  return Math.min(previous[right.length]!, limit + 1);
}

/** How many edits a word may be away from what was meant: none for a single letter, one in three for longer words. */
function editLimit(word: string): number {
  return word.length < 2 ? 0 : Math.max(1, Math.floor(word.length / 3));
}

/** The first of `nearestNames`, or undefined where none is near. */
export function suggestName(word: string, candidates: Iterable<string>): string | undefined {
  return nearestNames(word, candidates)[0];
}

/** How long a name is at least that stands for a longer one. */
const shortestPart = 3;

/**
 * The nearest name, or else the only one that begins or ends with `word`, or with which `word` begins or ends: `validation` for
 * `val`, `classes` for `num_classes`. For short lists of names alone, since much begins alike.
 */
export function suggestRelatedName(word: string, candidates: readonly string[]): string | undefined {
  const near = suggestName(word, candidates);
  if (near !== undefined || word.length > longestWord) return near;
  const plain = plainForm(word);
  const related = candidates.filter((candidate) => {
    const [short, long] = [plain, plainForm(candidate)].sort((a, b) => a.length - b.length) as [
      string,
      string,
    ];
    return short.length >= shortestPart && (long.startsWith(short) || long.endsWith(short));
  });
  return related.length === 1 ? related[0] : undefined;
}

/**
 * The candidates nearest to `word`: the one that differs in case, `_`, `-` and `.` alone, or else those that are the fewest
 * edits away within a limit relative to the length, in their order.
 */
export function nearestNames(word: string, candidates: Iterable<string>): readonly string[] {
  if (word.length > longestWord) return [];
  const plain = plainForm(word);
  let best: string[] = [];
  let fewest = editLimit(plain);
  for (const candidate of candidates) {
    if (candidate === word) continue;
    const other = plainForm(candidate);
    if (other === plain) return [candidate];
    const limit = Math.min(fewest, editLimit(other));
    const distance = editDistance(plain, other, limit);
    if (distance > limit) continue;
    if (distance < fewest) best = [];
    best.push(candidate);
    fewest = distance;
  }
  return best;
}

function plainForm(word: string): string {
  return word.toLowerCase().replace(/[_.-]/g, "");
}
