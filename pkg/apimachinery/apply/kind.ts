/** What server-side apply has to know of a kind. */
import type { TypeName } from "#api/index.ts";
import { normalize } from "../codec/index.ts";
import type { Members } from "./items.ts";
import { objectShapeOf, type StructShape } from "./shape.ts";

export interface AppliedKind {
  readonly shape: StructShape;
  /** The object as Go writes it with nothing set: these members exist before anybody sets them. */
  readonly empty: Members;
}

const kinds = new Map<TypeName, AppliedKind>();

/** A built-in kind's, from the tables. */
export function appliedKindOf(type: TypeName): AppliedKind {
  let kind = kinds.get(type);
  if (!kind) {
    kind = { shape: objectShapeOf(type), empty: normalize({}, type) as Members };
    kinds.set(type, kind);
  }
  return kind;
}
