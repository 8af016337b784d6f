/** The names of a resource. */
import type { CustomResourceDefinitionNames } from "#api/types/apiextensions.k8s.io/v1";
import { invalid, required } from "#pkg/apimachinery/validation/field-error.ts";
import { each, type Findings } from "#pkg/registry/shared/findings.ts";
import { label1035Errors } from "#pkg/registry/shared/names.ts";

type Names = Partial<CustomResourceDefinitionNames>;

/** A definition says all of them; what is accepted of them may be none yet. */
export function* requiredNames(path: string, names: Names): Findings {
  for (const member of ["plural", "singular", "kind", "listKind"] as const) {
    if (!names[member]) yield required(`${path}.${member}`);
  }
}

export function* resourceNames(path: string, names: Names): Findings {
  for (const member of ["plural", "singular"] as const) {
    if (names[member]) yield* label(`${path}.${member}`, names[member]);
  }
  for (const member of ["kind", "listKind"] as const) {
    const name = names[member];
    const texts = name ? label1035Errors(name.toLowerCase()) : [];
    if (texts.length > 0) {
      yield invalid(`${path}.${member}`, name, `may have mixed case, but should otherwise match: ${texts.join(",")}`);
    }
  }
  yield* each(`${path}.shortNames`, names.shortNames, label);
  if (names.kind && names.kind === names.listKind) {
    yield invalid(`${path}.listKind`, names.listKind, "kind and listKind may not be the same");
  }
  yield* each(`${path}.categories`, names.categories, label);
}

export function* label(path: string, name: string): Findings {
  const texts = label1035Errors(name);
  if (texts.length > 0) yield invalid(path, name, texts.join(","));
}
