/**
 * Evaluates ValidatingAdmissionPolicies on what their bindings select.
 * https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
import type {
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from "#api/types/admissionregistration.k8s.io/v1";
import { fromJson } from "#pkg/apimachinery/cel/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { notFound } from "#pkg/apimachinery/status-error.ts";
import type { ObjectReader } from "../../resources/reader.ts";
import { Answers } from "../expressions/answers.ts";
import type { Values } from "../expressions/expression.ts";
import { namespaceValue, requestValues } from "../expressions/variables.ts";
import { matchResources } from "../matching/resources.ts";
import { type ShownAs, Subject } from "../matching/subject.ts";
import { namespaceNamed } from "../namespace-named.ts";
import type { AdmissionPluginFactory, AdmissionRequest } from "../plugin.ts";
import { isExempt } from "../webhooks/exempt.ts";
import { type Denial, denialError } from "./denial.ts";
import { evaluatePolicy, type Violation } from "./evaluate.ts";
import { collectParams, ServedKinds } from "./params.ts";
import { type Policy, type PolicyBinding, parseBinding, parsePolicy } from "./policy.ts";

export const validatingPolicies: AdmissionPluginFactory = ({ dynamic, authorizer }) => {
  const policies = dynamic.configurations("validatingadmissionpolicies", (object) =>
    parsePolicy(object as ValidatingAdmissionPolicy),
  );
  const bindings = dynamic.configurations("validatingadmissionpolicybindings", (object) =>
    parseBinding(object as ValidatingAdmissionPolicyBinding),
  );
  const kinds = new ServedKinds(dynamic.table);
  const byPolicy = bindings.derive((all) => Map.groupBy(all, ({ policy }) => policy));
  return {
    name: "ValidatingAdmissionPolicy",
    handles: (request) => bindings.size > 0 && policies.size > 0 && !isExempt(request) && !isReview(request),
    async validate(request) {
      const evaluation = new Evaluation(new Subject(request, dynamic.equivalents), {
        reader: dynamic.reader,
        answers: new Answers(authorizer, request.user),
        kinds,
      });
      const bound = byPolicy();
      for (const policy of policies.all) await evaluation.judge(policy, bound.get(policy.name) ?? []);
      const [first] = evaluation.denials;
      if (first) throw denialError(first, request);
    },
  };
};

/** Who may do what must be answerable whatever policies say. */
const reviewGroups = new Set(["authentication.k8s.io", "authorization.k8s.io"]);
const isReview = ({ resource: { def } }: AdmissionRequest): boolean =>
  reviewGroups.has(def.group) && !def.verbs.includes("watch");

interface EvaluationServices {
  readonly reader: ObjectReader;
  readonly answers: Answers;
  readonly kinds: ServedKinds;
}

class Evaluation {
  readonly denials: Denial[] = [];
  readonly #subject: Subject;
  readonly #services: EvaluationServices;
  /** Made once for each version that policies want to see. */
  readonly #values = new Map<ShownAs["served"], Promise<Values>>();

  constructor(subject: Subject, services: EvaluationServices) {
    this.#subject = subject;
    this.#services = services;
  }

  async judge(policy: Policy, bindings: readonly PolicyBinding[]): Promise<void> {
    if (bindings.length === 0) return;
    try {
      if (!policy.match) throw new Error("policy contained no match constraints, a required field");
      const as = await matchResources(policy.match, this.#subject, this.#services.reader);
      if (!as) return;
      const params = policy.paramKind && this.#services.kinds.of(policy.paramKind);
      if (policy.paramKind && !params)
        throw new Error(`failed to find resource referenced by paramKind: '${print(policy.paramKind)}'`);
      for (const binding of bindings) await this.#judgeBinding(policy, binding, { as, params });
    } catch (error) {
      this.#misconfigured(policy, undefined, error as Error);
    }
  }

  #misconfigured(policy: Policy, binding: PolicyBinding | undefined, { message }: Error): void {
    if (policy.failsOpen) return;
    const what = binding ? "binding" : "policy";
    this.denials.push({ policy, binding, message: `failed to configure ${what}: ${message}`, reason: undefined });
  }

  async #judgeBinding(policy: Policy, binding: PolicyBinding, { as, params }: Shown): Promise<void> {
    let given: readonly (KubeObject | undefined)[];
    try {
      if (binding.match && !(await matchResources(binding.match, this.#subject, this.#services.reader))) return;
      const { namespace } = this.#subject;
      given =
        params && binding.paramRef
          ? await collectParams({ ref: binding.paramRef, resource: params, namespace })
          : [undefined];
    } catch (error) {
      this.#misconfigured(policy, binding, error as Error);
      return;
    }
    for (const param of given) {
      const values = await this.#valuesFor(as);
      const all = policy.paramKind ? { ...values, params: fromJson(param) } : values;
      const violations = await this.#services.answers.with(() => evaluatePolicy(policy, all));
      for (const violation of violations) this.#act(policy, binding, violation);
    }
  }

  #act(policy: Policy, binding: PolicyBinding, { message, reason, always }: Violation): void {
    if (always || binding.actions.includes("Deny")) this.denials.push({ policy, binding, message, reason });
    if (always || !binding.actions.includes("Warn")) return;
    this.#subject.request.warn(
      `Validation failed for ValidatingAdmissionPolicy '${policy.name}' with binding '${binding.name}': ${message}`,
    );
  }

  #valuesFor(as: ShownAs): Promise<Values> {
    let made = this.#values.get(as.served);
    if (!made) {
      made = this.#makeValues(as);
      this.#values.set(as.served, made);
    }
    return made;
  }

  async #makeValues(as: ShownAs): Promise<Values> {
    const [object, old] = [await this.#subject.object(as), await this.#subject.old(as)];
    const { request, asked } = this.#subject;
    // Requests for a Namespace carry its name as their namespace, though it is in none.
    const name = asked.kind.kind === "Namespace" && asked.kind.group === "" ? "" : request.namespace;
    const namespace = name === "" ? undefined : await namespaceNamed(this.#services.reader, name);
    if (name !== "" && !namespace) throw notFound({ group: "", resource: "namespaces" }, name);
    const values = requestValues(this.#subject, as, { object, old, answers: this.#services.answers });
    return { ...values, namespaceObject: namespaceValue(namespace) };
  }
}

interface Shown {
  readonly as: ShownAs;
  /** Of the policy's paramKind. */
  readonly params: ShownAs["served"] | undefined;
}

/** As Go prints a kind. */
function print({ apiVersion = "", kind = "" }: { apiVersion?: string; kind?: string }): string {
  return `${apiVersion.includes("/") ? apiVersion : `/${apiVersion}`}, Kind=${kind}`;
}
