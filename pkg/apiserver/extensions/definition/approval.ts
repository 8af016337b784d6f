/** Rules that need the old definition beside the new one. */
import type { CustomResourceDefinition } from "#api/types/apiextensions.k8s.io/v1";
import { invalid, required } from "#pkg/apimachinery/validation/field-error.ts";
import type { Findings } from "#pkg/registry/shared/findings.ts";
import { parseGoUrl } from "#pkg/registry/shared/go-url.ts";

type Definition = Readonly<CustomResourceDefinition>;

const annotation = "api-approved.kubernetes.io";
const path = `metadata.annotations[${annotation}]`;
const reference = "see https://github.com/kubernetes/enhancements/pull/1111";

const isCommunityGroup = (group: string): boolean => /(^|\.)(k8s|kubernetes)\.io$/.test(group);

type Approval = "missing" | "bypassed" | "approved" | "invalid";

function approvalOf({ metadata }: Definition): Approval {
  const text = approvalText(metadata.annotations);
  if (text === "") return "missing";
  if (text.startsWith("unapproved")) return "bypassed";
  const url = parseGoUrl(text);
  return typeof url !== "string" && url.host !== "" && url.scheme !== "" ? "approved" : "invalid";
}

const approvalText = (annotations: Readonly<Record<string, string>> | undefined): string =>
  annotations && Object.hasOwn(annotations, annotation) ? (annotations[annotation] ?? "") : "";

/** Groups of the project itself say who approved their API. */
export function* approval(next: Definition, old: Definition | undefined): Findings {
  if (!isCommunityGroup(next.spec?.group ?? "")) return;
  const state = approvalOf(next);
  if (old && approvalOf(old) === state) return;
  const must = `protected groups must have approval annotation "${annotation}"`;
  if (state === "missing") yield required(path, `${must}, ${reference}`);
  else if (state === "invalid") {
    const text = `${must} with either a URL or a reason starting with "unapproved", ${reference}`;
    yield invalid(path, approvalText(next.metadata.annotations), text);
  }
}

export function* keepsUnknownFields({ spec }: Definition, old: Definition | undefined): Findings {
  if (old?.spec?.preserveUnknownFields === true || spec?.preserveUnknownFields !== true) return;
  const text =
    "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead";
  yield invalid("spec.preserveUnknownFields", true, text);
}
