/** References to an object of any kind: what the kind and the object are called must fit a URL. */
import { required } from "#pkg/apimachinery/validation/field-error.ts";
import { type Findings, say } from "../shared/findings.ts";
import { dnsSubdomain } from "../shared/name-forms.ts";
import { pathSegmentErrors } from "../shared/names.ts";

interface TypedReference {
  readonly apiGroup?: string;
  readonly kind: string;
  readonly name: string;
}

export function* typedReference(path: string, { apiGroup, kind, name }: TypedReference): Findings {
  // Written as null where it is absent.
  if (typeof apiGroup === "string") yield* dnsSubdomain(`${path}.apiGroup`, apiGroup);
  yield* pathSegment(`${path}.kind`, kind);
  yield* pathSegment(`${path}.name`, name);
}

/** A text that must be there and fit a URL. */
export function* pathSegment(path: string, text: string | undefined): Findings {
  if (!text) yield required(path);
  else yield* say(path, text, pathSegmentErrors(text));
}
