/** TokenRequest: a signed token for a service account, bound to a pod, secret or node if asked. */
import { randomUUID } from "node:crypto";
import { resources } from "#api/gen/resources.ts";
import type { TokenRequest } from "#api/types/authentication.k8s.io/v1";
import { appliedKindOf, trackUpdate } from "#pkg/apimachinery/apply/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { badRequest, conflict, invalidObject, notFound } from "#pkg/apimachinery/status-error.ts";
import { type FieldError, invalid } from "#pkg/apimachinery/validation/field-error.ts";
import { type BoundClaims, issueToken } from "../../authn/service-account-tokens.ts";
import type { ResourceContext } from "../../context.ts";
import { ask, ensureShape } from "../../negotiation/negotiate.ts";
import { encodeFresh } from "../../negotiation/objects.ts";
import type { TokenIssueSettings } from "../../services.ts";
import { admitObject } from "../../write/admit.ts";
import { ensureNamespace } from "../../write/create.ts";
import { timestamp } from "../../write/request.ts";
import { readObject } from "../body.ts";
import { withoutTable } from "../offer.ts";
import { sendBytes } from "../send.ts";
import { parseWriteOptions, writeRequestOf } from "../write-options.ts";

const kind = {
  group: "authentication.k8s.io",
  version: "v1",
  kind: "TokenRequest",
  type: "authentication.k8s.io/v1.TokenRequest",
};
const tokenIdentity = { kind: kind.kind, apiVersion: `${kind.group}/${kind.version}` };
const secondsMin = 600;
const secondsMax = 2 ** 32;
const secondsDefault = 3600;
/** What the volume of a pod asks for, and what it gets while clients may not reload tokens. */
const volumeSeconds = 3607;
const extendedSeconds = 365 * 24 * 3600;

export async function createToken(context: ResourceContext): Promise<void> {
  const { services, request, resource } = context;
  const settings = services.tokenIssue;
  if (!settings) throw notFound(resource.groupResource, request.name);
  const asked = ask(context.exchange.header("accept"), withoutTable);
  const options = parseWriteOptions(context, "CreateOptions");
  const sent = (await readObject(context, kind, options.validation)) as TokenRequest & KubeObject;
  const account = await services.reader.getLatest(resources.serviceaccounts, request.namespace, request.name);
  if (!account) throw notFound(resource.groupResource, request.name);
  sent.metadata ??= {};
  sent.spec = {
    ...sent.spec,
    expirationSeconds: sent.spec?.expirationSeconds ?? secondsDefault,
  } as TokenRequest["spec"];
  const write = writeRequestOf(context, options);
  ensureNamespace(write, sent.metadata);
  trackRequest(sent, options.manager, services.clock.now());
  await admitObject(write, sent);
  const seconds = sent.spec?.expirationSeconds ?? secondsDefault;
  ensureValid(sent, request.name, seconds);
  const claims = await boundClaims(context, sent, account.metadata.uid ?? "");
  const now = services.clock.now();
  const audiences = sent.spec?.audiences?.length ? sent.spec.audiences : settings.audiences;
  const life = lifeOf(seconds, claims, audiences, settings, now);
  const issued = await issueToken(settings.key, {
    claims,
    audiences,
    issuer: settings.issuer,
    now,
    expiresInSeconds: life,
  });
  const shown = Math.min(seconds, life);
  const { name, namespace } = account.metadata;
  const answer = {
    ...tokenIdentity,
    metadata: { ...sent.metadata, name, namespace, uid: randomUUID(), creationTimestamp: timestamp(now) },
    spec: { ...sent.spec, audiences, expirationSeconds: shown, boundObjectRef: sent.spec?.boundObjectRef ?? null },
    status: { token: issued.token, expirationTimestamp: timestamp(now + shown * 1000) },
  };
  ensureShape(asked, false, () => "*authentication.TokenRequest");
  const printed = { def: { ...resource.def, type: kind.type }, custom: undefined };
  sendBytes(context, 201, asked.form.contentType, encodeFresh(answer as KubeObject, printed, asked.form, "Metadata"));
}

/** Owners are told of the request itself, not of the account. */
function trackRequest(sent: TokenRequest & KubeObject, manager: string, nowMs: number): void {
  const { apiVersion } = tokenIdentity;
  const [applied, now] = [appliedKindOf(kind.type), new Date(nowMs)];
  const managed = trackUpdate({ next: sent, manager, apiVersion, subresource: "token", now, kind: applied });
  if (managed) sent.metadata.managedFields = managed;
}

function ensureValid({ metadata }: KubeObject, account: string, seconds: number): void {
  const { name = "" } = metadata;
  if (name !== "" && name !== account) {
    const text = "must match the service account name if specified";
    throw invalidObject(kind, account, [invalid("metadata.name", name, text)]);
  }
  const refuse = (error: FieldError) => invalidObject(kind, name, [error]);
  const field = "spec.expirationSeconds";
  if (seconds < secondsMin) throw refuse(invalid(field, seconds, "may not specify a duration less than 10 minutes"));
  if (seconds > secondsMax)
    throw refuse(invalid(field, seconds, "may not specify a duration larger than 2^32 seconds"));
}

/** The seconds that the token lives; sets `warnafter` in the claims of an extended one. */
function lifeOf(
  seconds: number,
  claims: BoundClaims,
  audiences: readonly string[],
  settings: TokenIssueSettings,
  nowMs: number,
): number {
  const own = audiences.length === settings.audiences.length && audiences.every((a) => settings.audiences.includes(a));
  if (settings.extendExpiration && claims.pod && own && seconds === volumeSeconds) {
    claims.warnafter = Math.floor(nowMs / 1000) + seconds;
    return extendedSeconds;
  }
  return settings.expirationSecondsMax > 0 ? Math.min(seconds, settings.expirationSecondsMax) : seconds;
}

async function boundClaims(context: ResourceContext, sent: TokenRequest, uid: string): Promise<BoundClaims> {
  const { request, services } = context;
  const { namespace, name } = request;
  const claims: BoundClaims = { namespace, serviceaccount: { name, uid } };
  const reference = sent.spec?.boundObjectRef;
  if (!reference) return claims;
  const bound = reference.name ?? "";
  const check = (object: KubeObject | undefined, resource: string) =>
    ensureSame(object, resource, bound, reference.uid);
  const identity = (object: KubeObject) => ({ name: bound, uid: object.metadata.uid ?? "" });
  switch (reference.kind) {
    case "Pod": {
      const pod = check(await services.reader.getLatest(resources.pods, namespace, bound), "pods");
      const { spec } = pod as KubeObject & { spec?: { serviceAccountName?: string; nodeName?: string } };
      if (spec?.serviceAccountName !== name)
        throw badRequest(
          `cannot bind token for serviceaccount ${JSON.stringify(name)} to pod running with different serviceaccount name.`,
        );
      claims.pod = identity(pod);
      const node = spec.nodeName ? await services.reader.get(resources.nodes, "", spec.nodeName) : undefined;
      if (spec.nodeName)
        claims.node = { name: spec.nodeName, ...(node?.metadata.uid ? { uid: node.metadata.uid } : {}) };
      return claims;
    }
    case "Secret":
      claims.secret = identity(check(await services.reader.getLatest(resources.secrets, namespace, bound), "secrets"));
      return claims;
    case "Node":
      claims.node = identity(check(await services.reader.getLatest(resources.nodes, "", bound), "nodes"));
      return claims;
    default:
      throw badRequest(`cannot bind token to object of type ${printKind(reference)}`);
  }
}

/** As Go prints it: `/v1, Kind=Pod`. */
function printKind({ apiVersion = "", kind: name = "" }: { apiVersion?: string; kind?: string }): string {
  return `${apiVersion.includes("/") ? apiVersion : `/${apiVersion}`}, Kind=${name}`;
}

function ensureSame(
  object: KubeObject | undefined,
  resource: string,
  name: string,
  uid: string | undefined,
): KubeObject {
  if (!object) throw notFound({ group: "", resource }, name);
  if (uid && object.metadata.uid !== uid) {
    const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
    throw conflict({ group: "", resource }, name, why);
  }
  return object;
}
