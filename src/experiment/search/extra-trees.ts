/**
 * Extremely randomised trees for regression. Geurts, Ernst and Wehenkel, Machine Learning 63
 * (2006): at each node one random cut per feature, the one that leaves the least variance is kept;
 * no bootstrap. Features with an order are cut at a threshold, names split one value off.
 *
 * The spread of a prediction is the variance of the forest's mixture (Hutter et al., "Algorithm
 * runtime prediction", AIJ 206, 2014, section 4.3.2): variance within the leaves plus variance
 * between the trees. Deviation: a leaf's variance is at least that of the training values / 100,
 * so that a forest is nowhere certain.
 */
import type { RandomStream } from '../../units/random.ts';

const trees = 60;
const leastToSplit = 2;

interface Leaf {
  readonly mean: number;
  readonly variance: number;
}

interface Split {
  readonly feature: number;
  readonly goesLeft: (value: number) => boolean;
  readonly left: Node;
  readonly right: Node;
}

type Node = Leaf | Split;

export interface Forest {
  predict(row: readonly number[]): { mean: number; variance: number };
}

/**
 * @param rows one value per feature and example
 * @param ordered of each feature, whether it can be cut at a threshold
 */
export function growForest(
  rows: readonly (readonly number[])[],
  values: readonly number[],
  ordered: readonly boolean[],
  random: RandomStream,
): Forest {
  const everything = rows.map((_, i) => i);
  const floor = momentsOf(values, everything).variance / 100;

  function grow(members: readonly number[]): Node {
    const { mean, variance } = momentsOf(values, members);
    const leaf = { mean, variance: Math.max(variance, floor) };
    if (members.length < leastToSplit || variance === 0) return leaf;
    let best: { feature: number; goesLeft: Split['goesLeft']; parts: number[][] } | null = null;
    let least = Number.POSITIVE_INFINITY;
    for (const feature of ordered.keys()) {
      const goesLeft = randomCut(feature, members);
      if (goesLeft === null) continue;
      const left = members.filter((i) => goesLeft(rows[i]?.[feature] as number));
      const right = members.filter((i) => !goesLeft(rows[i]?.[feature] as number));
      const remains = unexplained(left) + unexplained(right);
      if (remains >= least) continue;
      least = remains;
      best = { feature, goesLeft, parts: [left, right] };
    }
    if (best === null) return leaf;
    const [left, right] = best.parts as [number[], number[]];
    return { feature: best.feature, goesLeft: best.goesLeft, left: grow(left), right: grow(right) };
  }

  function unexplained(members: readonly number[]): number {
    return momentsOf(values, members).variance * members.length;
  }

  function randomCut(feature: number, members: readonly number[]): Split['goesLeft'] | null {
    const here = members.map((i) => rows[i]?.[feature] as number);
    const low = Math.min(...here);
    const high = Math.max(...here);
    if (low === high) return null;
    if (ordered[feature]) {
      const cut = high - random.uniform() * (high - low);
      return (value) => value < cut;
    }
    const name = here[random.integer(here.length)] as number;
    return (value) => value === name;
  }

  const forest = Array.from({ length: trees }, () => grow(everything));
  return {
    predict(row) {
      let mean = 0;
      let square = 0;
      for (const tree of forest) {
        const leaf = leafOf(tree, row);
        mean += leaf.mean / trees;
        square += (leaf.variance + leaf.mean * leaf.mean) / trees;
      }
      return { mean, variance: Math.max(0, square - mean * mean) };
    },
  };
}

function leafOf(tree: Node, row: readonly number[]): Leaf {
  let node = tree;
  while ('left' in node) {
    node = node.goesLeft(row[node.feature] as number) ? node.left : node.right;
  }
  return node;
}

function momentsOf(values: readonly number[], members: readonly number[]): Leaf {
  let sum = 0;
  for (const i of members) sum += values[i] as number;
  const mean = sum / members.length;
  let squares = 0;
  for (const i of members) squares += ((values[i] as number) - mean) ** 2;
  return { mean, variance: squares / members.length };
}
