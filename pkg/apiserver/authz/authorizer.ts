/** May this user do this? */
import type { RequestUser } from "#pkg/registry/strategy.ts";

export interface ResourceAttributes {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

export interface Attributes {
  readonly user: RequestUser;
  /** A resource verb, or the method in lower case for a path. */
  readonly verb: string;
  /** Undefined: access to `path`. */
  readonly resource: ResourceAttributes | undefined;
  readonly path: string;
  /** As sent with a list or watch. */
  readonly fieldSelector?: string | undefined;
}

export interface Decision {
  /** `noOpinion`: ask the next authorizer; nobody's opinion is a refusal. */
  readonly outcome: "allow" | "deny" | "noOpinion";
  readonly reason: string;
}

/** Must not wait for anything but a webhook: a decision is on the path of every request. */
export interface Authorizer {
  readonly name: string;
  authorize(attributes: Attributes): Decision | Promise<Decision>;
}

export const allow = (reason = ""): Decision => ({ outcome: "allow", reason });
export const deny = (reason: string): Decision => ({ outcome: "deny", reason });
export const noOpinion = (reason = ""): Decision => ({ outcome: "noOpinion", reason });

/** Asks in order; the first to allow or deny decides. Synchronous as long as its members are. */
export function authorizerChain(members: readonly Authorizer[]): Authorizer {
  const ask = (attributes: Attributes, from: number, reasons: string[]): Decision | Promise<Decision> => {
    for (let i = from; i < members.length; i++) {
      const answer = (members[i] as Authorizer).authorize(attributes);
      if (answer instanceof Promise) {
        return answer.then((decision) => settle(decision, reasons) ?? ask(attributes, i + 1, reasons));
      }
      const settled = settle(answer, reasons);
      if (settled) return settled;
    }
    return noOpinion(reasons.join("\n"));
  };
  return { name: "union", authorize: (attributes) => ask(attributes, 0, []) };
}

function settle(decision: Decision, reasons: string[]): Decision | undefined {
  if (decision.reason) reasons.push(decision.reason);
  if (decision.outcome === "noOpinion") return undefined;
  return decision.outcome === "allow" ? decision : deny(reasons.join("\n"));
}

/** Members of system:masters may do everything, whatever the policies say: the way back in. */
export const privilegedGroup: Authorizer = {
  name: "privileged",
  authorize: ({ user }) => (user.groups.includes("system:masters") ? allow() : noOpinion()),
};

export const alwaysAllow: Authorizer = { name: "AlwaysAllow", authorize: () => allow() };
export const alwaysDeny: Authorizer = {
  name: "AlwaysDeny",
  authorize: () => noOpinion("Everything is forbidden."),
};
