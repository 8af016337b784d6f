/** The question to a webhook and what may be answered: AdmissionReview, v1 and v1beta1. */

import type { Status } from "#api/types/meta/v1";
import { normalize } from "#pkg/apimachinery/codec/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { ShownAs, Subject } from "../matching/subject.ts";
import type { AdmissionRequest } from "../plugin.ts";

/** In the order of Go's fields. */
export interface ReviewOptions {
  readonly uid: string;
  readonly as: ShownAs;
  readonly object: KubeObject | undefined;
  readonly old: KubeObject | undefined;
}

const known = new Set(["v1", "v1beta1"]);

/** The first version that the webhook takes and this server speaks. Throws an Error when there is none. */
export function reviewVersion(versions: readonly string[]): string {
  const version = versions.find((one) => known.has(one));
  if (version === undefined) throw new Error("webhook does not accept known AdmissionReview versions (v1, v1beta1)");
  return version;
}

export function buildReview(version: string, subject: Subject, options: ReviewOptions): object {
  const { as, object, old } = options;
  const { request } = subject;
  return {
    kind: "AdmissionReview",
    apiVersion: `admission.k8s.io/${version}`,
    request: {
      uid: options.uid,
      ...requestMembers(subject, as),
      object: object ?? null,
      oldObject: old ?? null,
      dryRun: request.dryRun,
      options: optionsOf(request),
    },
  };
}

/** What both reviews and the `request` of expressions say of a request, without its objects. */
export function requestMembers(subject: Subject, as: ShownAs): Record<string, unknown> {
  const { request, asked, namespace } = subject;
  const { subresource, name, operation } = request;
  return {
    kind: as.kind,
    resource: as.resource,
    ...(subresource === "" ? {} : { subResource: subresource }),
    requestKind: asked.kind,
    requestResource: asked.resource,
    ...(subresource === "" ? {} : { requestSubResource: subresource }),
    ...(name === "" ? {} : { name }),
    ...(namespace === "" ? {} : { namespace }),
    operation,
    userInfo: userOf(request),
  };
}

function userOf({ user }: AdmissionRequest): object {
  const { name, uid, groups, extra } = user;
  return {
    username: name,
    ...(uid ? { uid } : {}),
    ...(groups.length > 0 ? { groups } : {}),
    ...(extra && Object.keys(extra).length > 0 ? { extra } : {}),
  };
}

const optionKinds = { CREATE: "CreateOptions", UPDATE: "UpdateOptions", DELETE: "DeleteOptions", CONNECT: "" } as const;

export function optionsOf({ operation, options }: AdmissionRequest): object | null {
  const kind = optionKinds[operation];
  return kind === "" ? null : { ...options?.(), kind, apiVersion: "meta.k8s.io/v1" };
}

export interface Verdict {
  readonly allowed: boolean;
  readonly status: Status | undefined;
  /** Undefined: the object stays as it is. */
  readonly patch: Patch | undefined;
  readonly warnings: readonly string[];
}

export interface Patch {
  /** JSON, of a JSON patch where the type is `JSONPatch`. */
  readonly patch: string;
  readonly patchType: string;
}

interface Response {
  readonly uid?: unknown;
  readonly allowed?: unknown;
  readonly status?: Status;
  readonly patch?: unknown;
  readonly patchType?: unknown;
  readonly warnings?: unknown;
}

/** Throws an Error for values of a wrong type, in the words of Go's decoder. */
export function decodeAnswer(answer: unknown): object {
  const { apiVersion, kind } = (typeof answer === "object" ? (answer ?? {}) : {}) as Partial<KubeObject>;
  return { apiVersion, kind, ...normalize(answer as object, "admission.k8s.io/v1.AdmissionReview") };
}

/** Throws an Error for an answer that is none, in upstream's words. */
export function readVerdict(
  answer: unknown,
  { version, uid, mutating }: { readonly version: string; readonly uid: string; readonly mutating: boolean },
): Verdict {
  const review = (typeof answer === "object" && answer !== null ? answer : {}) as {
    response?: Response | null;
  } & Partial<KubeObject>;
  const { response } = review;
  if (!response) throw new Error("webhook response was absent");
  if (version === "v1") {
    ensureIdentity(review, response, uid);
    ensurePatchForm(response, mutating);
  }
  const patch = mutating && typeof response.patch === "string" && response.patch !== "" ? response.patch : undefined;
  // The older version has no types.
  const patchType = version === "v1" ? String(response.patchType) : "JSONPatch";
  return {
    allowed: response.allowed === true,
    status: response.status,
    patch: patch === undefined ? undefined : { patch: Buffer.from(patch, "base64").toString(), patchType },
    warnings: Array.isArray(response.warnings) ? response.warnings.filter((one) => typeof one === "string") : [],
  };
}

function ensureIdentity({ apiVersion = "", kind = "" }: Partial<KubeObject>, { uid }: Response, wanted: string): void {
  if (uid !== wanted) {
    throw new Error(`expected response.uid=${JSON.stringify(wanted)}, got ${JSON.stringify(uid ?? "")}`);
  }
  if (apiVersion === "admission.k8s.io/v1" && kind === "AdmissionReview") return;
  const got = `${apiVersion.includes("/") ? apiVersion : `/${apiVersion}`}, Kind=${kind}`;
  throw new Error(`expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got ${got}`);
}

function ensurePatchForm({ patch, patchType }: Response, mutating: boolean): void {
  const hasPatch = typeof patch === "string" && patch !== "";
  const hasType = patchType !== undefined && patchType !== null;
  if (!mutating) {
    if (hasPatch) throw new Error("validating webhook may not return response.patch");
    if (hasType) throw new Error("validating webhook may not return response.patchType");
    return;
  }
  if (hasPatch && !hasType) throw new Error("webhook returned response.patch but not response.patchType");
  if (!hasPatch && hasType) throw new Error("webhook returned response.patchType but not response.patch");
  if (patchType === "") throw new Error('webhook returned invalid response.patchType of ""');
}
