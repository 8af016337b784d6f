/** `authorizer.group("apps").resource("deployments").check("get").allowed()`: https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-authorizer-library */
import { type Library, type Overload, overload } from "../functions.ts";
import { opaque, type Type } from "../types.ts";
import { CelError, type OpaqueValue, type Value } from "../values.ts";

export const authorizerType = opaque("kubernetes.authorization.Authorizer");
export const resourceCheckType = opaque("kubernetes.authorization.ResourceCheck");
const pathCheckType = opaque("kubernetes.authorization.PathCheck");
const groupCheckType = opaque("kubernetes.authorization.GroupCheck");
const decisionType = opaque("kubernetes.authorization.Decision");

export interface ResourceQuestion {
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly fieldSelector: string;
  readonly labelSelector: string;
}

/** May this user do this? */
export interface Question {
  /** Undefined: the user of the request. */
  readonly serviceAccount: { readonly namespace: string; readonly name: string } | undefined;
  readonly verb: string;
  readonly target: ResourceQuestion | { readonly path: string };
}

export interface Answer {
  readonly allowed: boolean;
  readonly reason: string;
  /** Empty: the question could be answered. */
  readonly error: string;
}

/** Answers at once. Throws what the evaluation is to fail with. */
export type Ask = (question: Question) => Answer;

class Receiver<T> implements OpaqueValue {
  readonly opaque: Type;
  readonly held: T;

  constructor(type: Type, held: T) {
    this.opaque = type;
    this.held = held;
  }

  equals(other: OpaqueValue): boolean {
    return this === other;
  }
}

interface Asking {
  readonly ask: Ask;
  readonly serviceAccount: Question["serviceAccount"];
}
type Asked<T> = Asking & { readonly target: T };

const anything = { subresource: "", namespace: "", name: "", fieldSelector: "", labelSelector: "" };

/** The value of `authorizer`. */
export const authorizerValue = (ask: Ask): Value =>
  new Receiver<Asking>(authorizerType, { ask, serviceAccount: undefined });

/** The value of `authorizer.requestResource`. */
export const resourceCheckValue = (
  ask: Ask,
  target: Partial<ResourceQuestion> & { group: string; resource: string },
): Value =>
  new Receiver<Asked<ResourceQuestion>>(resourceCheckType, {
    ask,
    serviceAccount: undefined,
    target: { ...anything, ...target },
  });

const isSubdomain = (text: string): boolean =>
  text.length <= 253 && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(text);
const isLabel = (text: string): boolean => text.length <= 63 && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(text);

function ensureText(text: string, what: string): string {
  if (text.trim() === "") throw new CelError(`${what} must not be empty`);
  return text;
}

/** The checker has seen that the arguments are of the declared types. */
const member = <A extends readonly unknown[]>(id: string, signature: string, call: (...args: A) => Value): Overload =>
  overload(id, signature, (args) => call(...(args as unknown as A)));

/** Makes a question about a resource narrower. */
function narrowing(id: string, name: keyof typeof anything): Overload {
  return member(
    id,
    `kubernetes.authorization.ResourceCheck->${name}(string): kubernetes.authorization.ResourceCheck`,
    (check: Receiver<Asked<ResourceQuestion>>, text: string) =>
      new Receiver(resourceCheckType, { ...check.held, target: { ...check.held.target, [name]: text } }),
  );
}

const checking = (id: string, receiver: string): Overload =>
  member(
    id,
    `kubernetes.authorization.${receiver}->check(string): kubernetes.authorization.Decision`,
    (check: Receiver<Asked<Question["target"]>>, verb: string) => {
      const { ask, serviceAccount, target } = check.held;
      return new Receiver<Answer>(decisionType, ask({ serviceAccount, verb, target }));
    },
  );

const deciding = (id: string, signature: string, read: (answer: Answer) => Value): Overload =>
  member(id, `kubernetes.authorization.Decision->${signature}`, (decision: Receiver<Answer>) => read(decision.held));

export const authorization: Library = [
  member(
    "authorizer_path",
    "kubernetes.authorization.Authorizer->path(string): kubernetes.authorization.PathCheck",
    (authorizer: Receiver<Asking>, path: string) =>
      new Receiver(pathCheckType, { ...authorizer.held, target: { path: ensureText(path, "path") } }),
  ),
  member(
    "authorizer_group",
    "kubernetes.authorization.Authorizer->group(string): kubernetes.authorization.GroupCheck",
    (authorizer: Receiver<Asking>, group: string) =>
      new Receiver(groupCheckType, { ...authorizer.held, target: group }),
  ),
  member(
    "authorizer_serviceaccount",
    "kubernetes.authorization.Authorizer->serviceAccount(string, string): kubernetes.authorization.Authorizer",
    (authorizer: Receiver<Asking>, namespace: string, name: string) => {
      if (!isSubdomain(name)) throw new CelError("Invalid service account name");
      if (!isLabel(namespace)) throw new CelError("Invalid service account namespace");
      return new Receiver(authorizerType, { ...authorizer.held, serviceAccount: { namespace, name } });
    },
  ),
  member(
    "groupcheck_resource",
    "kubernetes.authorization.GroupCheck->resource(string): kubernetes.authorization.ResourceCheck",
    (group: Receiver<Asked<string>>, resource: string) =>
      new Receiver(resourceCheckType, {
        ...group.held,
        target: { ...anything, group: group.held.target, resource: ensureText(resource, "resource") },
      }),
  ),
  narrowing("resourcecheck_subresource", "subresource"),
  narrowing("resourcecheck_namespace", "namespace"),
  narrowing("resourcecheck_name", "name"),
  narrowing("resourcecheck_fieldselector", "fieldSelector"),
  narrowing("resourcecheck_labelselector", "labelSelector"),
  checking("pathcheck_check", "PathCheck"),
  checking("resourcecheck_check", "ResourceCheck"),
  deciding("decision_errored", "errored(): bool", ({ error }) => error !== ""),
  deciding("decision_error", "error(): string", ({ error }) => error),
  deciding("decision_allowed", "allowed(): bool", ({ allowed }) => allowed),
  deciding("decision_reason", "reason(): string", ({ reason }) => reason),
];
