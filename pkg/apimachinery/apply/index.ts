/** Who owns which field: https://kubernetes.io/docs/reference/using-api/server-side-apply/ */
export { type ApplyOptions, applyServerSide } from "./apply.ts";
export type { OtherVersion } from "./comparison.ts";
export { type AppliedKind, appliedKindOf } from "./kind.ts";
export {
  type LeafShape,
  type ListMapShape,
  leaf,
  type MapShape,
  ownedPartOf,
  type SetShape,
  type Shape,
  type StructField,
  type StructShape,
  structField,
  structShape,
} from "./shape.ts";
export { shareMembers } from "./shared-members.ts";
export { type TrackOptions, trackUpdate } from "./track.ts";
