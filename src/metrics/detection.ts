// How well boxes around objects are found: intersection over union, and average precision over detections.
import { sum } from "./classification.ts";

/** A box by its corners, in any unit; `right` and `bottom` are past its last point. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** An object that is there. */
export interface TrueObject {
  readonly image: string | number;
  readonly classIndex: number;
  readonly box: Box;
}

/** An object that a model believes to be there. */
export interface Detection extends TrueObject {
  readonly score: number;
}

/** What becomes of precision over recall: every step (PASCAL VOC from 2010), 101 recalls (COCO), or 11 (PASCAL VOC 2007). */
export type Interpolation = "every" | "101 points" | "11 points";

/** Average precision by class, for one threshold. */
export interface DetectionReport {
  readonly threshold: number;
  /** NaN for a class without objects. */
  readonly perClass: readonly number[];
  /** The mean over the classes that have objects. */
  readonly meanAveragePrecision: number;
}

/** COCO's thresholds: 0.50, 0.55 … 0.95; the mean over them is its `AP`. */
export const cocoThresholds: readonly number[] = Array.from(
  { length: 10 },
  (_, index) => (50 + 5 * index) / 100,
);

/** The area that two boxes share over the area that they cover together: 0 to 1; 0 for boxes without area. */
export function intersectionOverUnion(first: Box, second: Box): number {
  const width = Math.min(first.right, second.right) - Math.max(first.left, second.left);
  const height = Math.min(first.bottom, second.bottom) - Math.max(first.top, second.top);
  const shared = Math.max(0, width) * Math.max(0, height);
  const together = areaOf(first) + areaOf(second) - shared;
  return together > 0 ? shared / together : 0;
}

function areaOf({ left, top, right, bottom }: Box): number {
  return Math.max(0, right - left) * Math.max(0, bottom - top);
}

/**
 * Average precision of detections at each threshold of intersection over union. From the highest score down, a detection
 * takes the object of its image and class that it covers best among those not yet taken; it is a hit where that
 * is at least the threshold (COCO's rule).
 */
export function evaluateDetections(
  objects: readonly TrueObject[],
  detections: readonly Detection[],
  options: {
    readonly classCount: number;
    readonly thresholds?: readonly number[];
    readonly interpolation?: Interpolation;
  },
): readonly DetectionReport[] {
  const { classCount, thresholds = [0.5], interpolation = "every" } = options;
  const ordered = [...detections].sort((a, b) => b.score - a.score);
  return thresholds.map((threshold) => {
    const perClass = Array.from({ length: classCount }, (_, classIndex) => {
      const own = objects.filter((object) => object.classIndex === classIndex);
      const found = ordered.filter((detection) => detection.classIndex === classIndex);
      return own.length === 0
        ? NaN
        : interpolatedPrecision(matchDetections(own, found, threshold), own.length, interpolation);
    });
    const defined = perClass.filter((value) => !Number.isNaN(value));
    return { threshold, perClass, meanAveragePrecision: sum(defined) / defined.length };
  });
}

/** For each detection, whether it is a hit. */
function matchDetections(
  objects: readonly TrueObject[],
  ordered: readonly Detection[],
  threshold: number,
): boolean[] {
  const free = new Map<string | number, TrueObject[]>();
  for (const object of objects) free.set(object.image, [...(free.get(object.image) ?? []), object]);
  return ordered.map(({ image, box }) => {
    const candidates = free.get(image) ?? [];
    let best = -1;
    let overlap = threshold;
    for (const [index, candidate] of candidates.entries()) {
      const shared = intersectionOverUnion(box, candidate.box);
      if (shared < overlap || (best >= 0 && shared === overlap)) continue;
      best = index;
      overlap = shared;
    }
    if (best < 0) return false;
    candidates.splice(best, 1);
    return true;
  });
}

/** The area under precision over recall, precision at a recall being the best at that recall or any higher one. */
function interpolatedPrecision(
  hits: readonly boolean[],
  objectCount: number,
  interpolation: Interpolation,
): number {
  const recalls: number[] = [];
  const precisions: number[] = [];
  let found = 0;
  for (const [index, isHit] of hits.entries()) {
    if (isHit) found += 1;
    recalls.push(found / objectCount);
    precisions.push(found / (index + 1));
  }
  for (let index = precisions.length - 2; index >= 0; index--) {
    precisions[index] = Math.max(precisions[index]!, precisions[index + 1]!);
  }
  if (interpolation === "every") {
    return sum(recalls.map((recall, index) => (recall - (recalls[index - 1] ?? 0)) * precisions[index]!));
  }
  const steps = interpolation === "11 points" ? 10 : 100;
  const at = Array.from({ length: steps + 1 }, (_, step) => {
    const index = recalls.findIndex((recall) => recall >= step / steps);
    return index < 0 ? 0 : precisions[index]!;
  });
  return sum(at) / at.length;
}
