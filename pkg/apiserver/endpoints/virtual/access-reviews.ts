/** May a user do something: the authorizer's answer as an object. */
import type {
  LocalSubjectAccessReview,
  ResourceAttributes,
  SelfSubjectAccessReview,
  SelfSubjectAccessReviewSpec,
  SubjectAccessReview,
  SubjectAccessReviewStatus,
} from "#api/types/authorization.k8s.io/v1";
import { invalidObject, type StatusError } from "#pkg/apimachinery/status-error.ts";
import { type FieldError, invalid, required } from "#pkg/apimachinery/validation/field-error.ts";
import type { RequestUser } from "#pkg/registry/strategy.ts";
import type { Attributes } from "../../authz/authorizer.ts";
import type { ResourceContext } from "../../context.ts";
import { readReview, sendReview } from "./review.ts";

export async function subjectAccessReview(context: ResourceContext): Promise<void> {
  const review = await readReview<SubjectAccessReview>(context);
  review.status = await decide(context, userOf(review), review.spec);
  sendReview(context, review);
}

export async function selfSubjectAccessReview(context: ResourceContext): Promise<void> {
  const review = await readReview<SelfSubjectAccessReview>(context);
  ensureOneQuestion(context, review.spec);
  review.status = await decide(context, context.user, review.spec);
  sendReview(context, review);
}

export async function localSubjectAccessReview(context: ResourceContext): Promise<void> {
  const review = await readReview<LocalSubjectAccessReview>(context);
  const { namespace } = context.request;
  const asked = review.spec?.resourceAttributes;
  if (!asked)
    throw refused(context, [
      required("spec.resourceAttributes", "nonResourceAttributes disallowed, exactly one must be specified"),
    ]);
  if ((asked.namespace ?? "") !== namespace) {
    const path = "spec.resourceAttributes.namespace";
    throw refused(context, [invalid(path, asked.namespace ?? "", "must match metadata.namespace")]);
  }
  review.metadata.namespace = namespace;
  review.status = await decide(context, userOf(review), review.spec);
  sendReview(context, review);
}

/** Upstream's refusals of these name no kind. */
const refused = ({ resource }: ResourceContext, errors: readonly FieldError[]): StatusError =>
  invalidObject({ group: resource.def.group, kind: "" }, "", errors);

function userOf({ spec }: SubjectAccessReview): RequestUser {
  return {
    name: spec?.user ?? "",
    groups: spec?.groups ?? [],
    ...(spec?.uid ? { uid: spec.uid } : {}),
    ...(spec?.extra ? { extra: spec.extra as Record<string, string[]> } : {}),
  };
}

function ensureOneQuestion(context: ResourceContext, spec: SelfSubjectAccessReviewSpec | undefined): void {
  const both = spec?.resourceAttributes && spec.nonResourceAttributes;
  const none = !spec?.resourceAttributes && !spec?.nonResourceAttributes;
  if (!both && !none) return;
  const detail = both
    ? "cannot be specified in combination with resourceAttributes"
    : "exactly one of nonResourceAttributes or resourceAttributes must be specified";
  throw refused(context, [
    invalid(
      both ? "spec.nonResourceAttributes" : "spec.resourceAttributes",
      both ? spec?.nonResourceAttributes : null,
      detail,
    ),
  ]);
}

async function decide(
  context: ResourceContext,
  user: RequestUser,
  spec: SubjectAccessReview["spec"],
): Promise<SubjectAccessReviewStatus> {
  if (!spec?.resourceAttributes && !spec?.nonResourceAttributes)
    ensureOneQuestion(context, spec as SelfSubjectAccessReviewSpec);
  if (user.name === "" && user.groups.length === 0) {
    throw refused(context, [invalid("spec.user", "", "at least one of user or group must be specified")]);
  }
  const decision = await context.services.authorizer.authorize(attributesOf(user, spec));
  const status: SubjectAccessReviewStatus = { allowed: decision.outcome === "allow" };
  if (decision.outcome === "deny") status.denied = true;
  if (decision.reason) status.reason = decision.reason;
  return status;
}

function attributesOf(user: RequestUser, spec: SubjectAccessReview["spec"]): Attributes {
  const asked: ResourceAttributes | undefined = spec?.resourceAttributes;
  if (!asked) {
    const path = spec?.nonResourceAttributes;
    return { user, verb: path?.verb ?? "", resource: undefined, path: path?.path ?? "" };
  }
  const {
    group = "",
    version = "",
    resource: plural = "",
    subresource = "",
    namespace = "",
    name = "",
    verb = "",
  } = asked;
  return { user, verb, path: "", resource: { group, version, plural, subresource, namespace, name } };
}
