/** What a write leaves as it was need not be compared field by field. */
import { sameJson } from "../json.ts";
import type { KubeObject } from "../object.ts";

type Members = Record<string, unknown>;

/** Puts the members of `live` into `next` that are the same there: a comparison of the two is then done with them at once. */
export function shareMembers(next: KubeObject, live: Readonly<KubeObject>): void {
  const target = next as unknown as Members;
  for (const [name, value] of Object.entries(live)) {
    if (name !== "metadata" && Object.hasOwn(target, name) && sameJson(target[name], value)) target[name] = value;
  }
}
