/** What writers of custom resources are told of the finalizers that they add. */
import { labelKeyErrors } from "#pkg/apimachinery/labels/validate.ts";

const standard = new Set(["orphan", "foregroundDeletion", "kubernetes"]);

export function finalizerWarnings(finalizers: readonly string[], before: readonly string[]): string[] {
  const added = [...new Set(finalizers)].filter((one) => !before.includes(one)).sort();
  return added.flatMap((name) => {
    const at = `metadata.finalizers: ${JSON.stringify(name)}: `;
    const malformed = labelKeyErrors(name).map((text) => at + text);
    if (name.includes("/") || standard.has(name)) return malformed;
    const path = name.includes(".") ? " including a path (/)" : "";
    return [
      ...malformed,
      `${at}prefer a domain-qualified finalizer name${path} to avoid accidental conflicts with other finalizer writers`,
    ];
  });
}
