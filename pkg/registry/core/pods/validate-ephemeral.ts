/** Containers for debugging may be added to a pod that runs, and stay as they were added. */
import type { Pod } from "#api/types/core/v1";
import { type FieldError, forbidden } from "#pkg/apimachinery/validation/field-error.ts";
import type { Findings } from "../../shared/findings.ts";
import { internalForm, prettyGoJson } from "../../shared/internal-form/index.ts";
import { sameMeaning } from "../../shared/semantic.ts";
import { unifiedDiff } from "../../shared/unified-diff.ts";
import { validatePodState } from "./validate.ts";

const path = "spec.ephemeralContainers";

export function validateEphemeralContainers(next: Readonly<Pod>, old: Readonly<Pod>): FieldError[] {
  if (Object.hasOwn(old.metadata.annotations ?? {}, "kubernetes.io/config.mirror")) {
    return [forbidden("", "static pods do not support ephemeral containers")];
  }
  return [...validatePodState(next), ...onlyAdded(next, old)];
}

/** Patches do not keep the order. */
function* onlyAdded({ spec }: Readonly<Pod>, { spec: old }: Readonly<Pod>): Findings {
  const byName = new Map((spec.ephemeralContainers ?? []).map((container) => [container.name, container]));
  for (const before of old.ephemeralContainers ?? []) {
    const after = byName.get(before.name);
    const which = `existing ephemeral containers ${JSON.stringify(before.name)}`;
    if (!after) yield forbidden(path, `${which} may not be removed\n`);
    else if (!sameMeaning(after, before)) {
      const [was, is] = [before, after].map((one) => prettyGoJson(internalForm(one, "EphemeralContainer")));
      yield forbidden(path, `${which} may not be changed\n${unifiedDiff(was as string, is as string)}`);
    }
  }
}
