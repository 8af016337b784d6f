/**
 * The fields of a new object. Replicas of one template have one spec, and with it the same fields: they are found once for
 * each text of a spec.
 */
import { compareObjects, type Difference } from "./compare.ts";
import { union } from "./field-set.ts";
import type { Members } from "./items.ts";
import type { AppliedKind } from "./kind.ts";

/** Of all remembered texts together, in UTF-16 units. */
const charsMax = 500_000;
/** Longer specs are walked each time. */
const textCharsMax = 16_000;

let known = new WeakMap<AppliedKind, Map<string, Difference>>();
let chars = 0;

/** As comparing `next` with the empty object. */
export function newFields(next: Members, kind: AppliedKind): Difference {
  const { spec, ...rest } = next;
  if (spec === undefined || !Object.hasOwn(next, "spec") || kind.shape.rest) return allNewFields(next, kind);
  const { spec: empty, ...emptyRest } = kind.empty;
  const around = compareObjects(emptyRest, rest, kind.shape);
  const inside = fieldsOfSpec(spec, empty, kind);
  return { changed: union(around.changed, inside.changed), removed: union(around.removed, inside.removed) };
}

/** The same, whatever was found before. */
export const allNewFields = (next: Members, kind: AppliedKind): Difference =>
  compareObjects(kind.empty, next, kind.shape);

function fieldsOfSpec(spec: unknown, empty: unknown, kind: AppliedKind): Difference {
  const text = JSON.stringify(spec);
  const found = known.get(kind)?.get(text);
  if (found) return found;
  const fields = compareObjects(empty === undefined ? {} : { spec: empty }, { spec }, kind.shape);
  // Null may have been an empty list, which the text does not tell.
  if (text.length <= textCharsMax && !text.includes(":null")) remember(kind, text, fields);
  return fields;
}

function remember(kind: AppliedKind, text: string, fields: Difference): void {
  if (chars + text.length > charsMax) {
    known = new WeakMap();
    chars = 0;
  }
  let texts = known.get(kind);
  if (!texts) {
    texts = new Map();
    known.set(kind, texts);
  }
  texts.set(text, fields);
  chars += text.length;
}
