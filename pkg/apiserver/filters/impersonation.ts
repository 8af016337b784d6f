/** `Impersonate-*` headers: acting as somebody else, when the policies allow it. */
import { badRequest } from "#pkg/apimachinery/status-error.ts";
import type { RequestUser } from "#pkg/registry/strategy.ts";
import { anonymous, withAuthenticatedGroup } from "../authn/authenticator.ts";
import { decodeExtraKey } from "../authn/front-proxy.ts";
import type { Authorizer, ResourceAttributes } from "../authz/authorizer.ts";
import { denial } from "../authz/denial.ts";
import type { Exchange } from "../http/exchange.ts";

const accountForm = /^system:serviceaccount:([^:]+):([^:]+)$/;
const prefix = "impersonate-";
const extraPrefix = `${prefix}extra-`;

/** The user to act as; the same user without such headers. Throws 400, 403. */
export function impersonate(
  exchange: Exchange,
  user: RequestUser,
  authorizer: Authorizer,
): RequestUser | Promise<RequestUser> {
  if (!exchange.hasHeaders(prefix)) return user;
  const name = exchange.header("impersonate-user");
  if (!name) {
    const asked = withoutUser(exchange);
    if (asked.length === 0) return user;
    throw badRequest(`requested [${asked.join(" ")}] without impersonating a user`);
  }
  return assume(exchange, name, user, authorizer);
}

/** What else is to be impersonated, as Go prints references to it: their kind, namespace, name, uid, version and so on. */
function withoutUser(exchange: Exchange): string[] {
  const reference = (kind: string, name: string, apiVersion = "", field = "") =>
    `{${kind}  ${name}  ${apiVersion}  ${field}}`;
  const uid = exchange.header("impersonate-uid");
  return [
    ...listOf(exchange, "impersonate-group").map((name) => reference("Group", name)),
    ...[...extraOf(exchange)].flatMap(([key, values]) =>
      values.map((value) => reference("UserExtra", value, "authentication.k8s.io/v1", key)),
    ),
    ...(uid === undefined ? [] : [reference("UID", uid, "authentication.k8s.io/v1")]),
  ];
}

async function assume(
  exchange: Exchange,
  name: string,
  user: RequestUser,
  authorizer: Authorizer,
): Promise<RequestUser> {
  const groups = listOf(exchange, "impersonate-group");
  const uid = exchange.header("impersonate-uid");
  const extra = extraOf(exchange);
  const account = accountForm.exec(name);
  const checks: ResourceAttributes[] = [
    account
      ? attributes({ plural: "serviceaccounts", namespace: account[1] ?? "", name: account[2] ?? "" })
      : attributes({ plural: "users", name }),
    ...groups.map((group) => attributes({ plural: "groups", name: group })),
    ...(uid ? [attributes({ group: "authentication.k8s.io", version: "v1", plural: "uids", name: uid })] : []),
    ...[...extra].flatMap(([key, values]) =>
      values.map((value) =>
        attributes({
          group: "authentication.k8s.io",
          version: "v1",
          plural: "userextras",
          subresource: key,
          name: value,
        }),
      ),
    ),
  ];
  for (const resource of checks) {
    const asked = { user, verb: "impersonate", resource, path: "" };
    const decision = await authorizer.authorize(asked);
    if (decision.outcome !== "allow") throw denial(asked, decision.reason);
  }
  const implied =
    account && groups.length === 0 ? ["system:serviceaccounts", `system:serviceaccounts:${account[1]}`] : groups;
  const assumed = {
    name,
    groups: implied,
    ...(uid ? { uid } : {}),
    ...(extra.size > 0 ? { extra: Object.fromEntries(extra) } : {}),
  };
  return name === anonymous.name
    ? { ...assumed, groups: [...implied, "system:unauthenticated"] }
    : withAuthenticatedGroup(assumed);
}

const attributes = (some: Partial<ResourceAttributes>): ResourceAttributes => ({
  group: "",
  version: "",
  plural: "",
  subresource: "",
  namespace: "",
  name: "",
  ...some,
});

function listOf(exchange: Exchange, name: string): string[] {
  const values = [...exchange.headers()].filter(([header]) => header === name).map(([, value]) => value);
  return exchange.version === "2" ? values.flatMap((v) => v.split(", ")) : values;
}

function extraOf(exchange: Exchange): Map<string, string[]> {
  const extra = new Map<string, string[]>();
  for (const [header, value] of exchange.headers()) {
    if (!header.startsWith(extraPrefix)) continue;
    const key = decodeExtraKey(header.slice(extraPrefix.length));
    extra.set(key, [...(extra.get(key) ?? []), value]);
  }
  return extra;
}
