/**
 * Holds pods against the Pod Security Standards, as the labels of their namespace want it: refuses them, or warns. Whoever
 * makes pods out of a template is only warned.
 * https://kubernetes.io/docs/concepts/security/pod-security-admission/
 */
import type { Pod } from "#api/types/core/v1";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { forbiddenRequest, StatusError } from "#pkg/apimachinery/status-error.ts";
import { namespaceNamed } from "../namespace-named.ts";
import type { AdmissionPluginFactory, AdmissionRequest } from "../plugin.ts";
import type { PodShape, Violation } from "./check.ts";
import { parseConfiguration } from "./configuration.ts";
import { evaluate, printDetails } from "./evaluate.ts";
import { type LevelVersion, printLevel, sameLevel } from "./levels.ts";
import { type Asked, PodSecurityMetrics } from "./metrics.ts";
import { type NamespaceServices, validateNamespace } from "./namespaces.ts";
import { isPrivileged, type NamespacePolicy, Policies } from "./policy.ts";
import { isSignificant } from "./significant.ts";
import { subjectOf, templateOf } from "./subjects.ts";

export const podSecurity: AdmissionPluginFactory = ({ reader, clock, registry, configurationOf }) => {
  const { defaults, exemptions } = parseConfiguration(configurationOf("PodSecurity"));
  const services = { policies: new Policies(defaults), exemptions, reader, clock };
  const guard = new Guard(services, new PodSecurityMetrics(registry));
  return {
    name: "PodSecurity",
    handles: (request) => subjectOf(request) !== undefined,
    validate(request) {
      const subject = subjectOf(request);
      if (subject === "namespace") return validateNamespace(request, services);
      return subject && guard.validate({ request, subject });
    },
  };
};

interface Concern extends Asked {
  readonly request: AdmissionRequest;
}

class Guard {
  readonly #services: NamespaceServices;
  readonly #metrics: PodSecurityMetrics;

  constructor(services: NamespaceServices, metrics: PodSecurityMetrics) {
    this.#services = services;
    this.#metrics = metrics;
  }

  /** Throws 403 for a pod that violates what its namespace enforces. */
  async validate(concern: Concern): Promise<void> {
    const { request, subject } = concern;
    const { namespaces, usernames } = this.#services.exemptions;
    if (namespaces.has(request.namespace) || usernames.has(request.user.name)) {
      this.#metrics.exempted(concern);
      return;
    }
    const policy = await this.#policyOf(concern);
    if (!policy || this.#asksNothing(concern, policy)) return;
    if (subject === "controller") {
      const template = templateOf(request, request.object as KubeObject);
      if (template?.spec) this.#examine(concern, policy, template);
      return;
    }
    const pod = request.object as Pod;
    if (request.operation === "UPDATE" && !isSignificant(pod, request.old as Pod)) return;
    this.#examine(concern, policy, pod);
  }

  /** Undefined: nobody knows, and a controller may pass. */
  async #policyOf(concern: Concern): Promise<NamespacePolicy | undefined> {
    const { request, subject } = concern;
    const found = await namespaceNamed(this.#services.reader, request.namespace);
    if (found) return this.#services.policies.of(found.metadata.labels);
    this.#metrics.failed(concern, true);
    if (subject === "controller") return undefined;
    throw StatusError.from(new Error(`failed to lookup namespace ${JSON.stringify(request.namespace)}`));
  }

  #asksNothing({ request, subject }: Concern, policy: NamespacePolicy): boolean {
    if (policy.errors.length > 0) return false;
    if (subject === "controller") return policy.warn.level === "privileged" && policy.audit.level === "privileged";
    if (!isPrivileged(policy)) return false;
    this.#metrics.passed(request);
    return true;
  }

  #examine(concern: Concern, policy: NamespacePolicy, pod: PodShape): void {
    const { request, subject } = concern;
    const { runtimeClassName } = pod.spec;
    if (runtimeClassName !== undefined && this.#services.exemptions.runtimeClasses.has(runtimeClassName)) {
      this.#metrics.exempted(concern);
      return;
    }
    if (policy.errors.length > 0) this.#metrics.failed(concern, false);
    const judge = new Judge(pod);
    let refusal: StatusError | undefined;
    if (subject === "pod") {
      const violations = judge.violationsOf(policy.enforce);
      const isAllowed = violations.length === 0;
      this.#metrics.evaluated(concern, "enforce", { policy: policy.enforce, isAllowed });
      if (!isAllowed) refusal = refuse(request, policy.enforce, violations);
    }
    // Nothing keeps an audit yet: who would be noted is only counted.
    if (judge.violationsOf(policy.audit).length > 0) {
      this.#metrics.evaluated(concern, "audit", { policy: policy.audit, isAllowed: false });
    }
    if (refusal) throw refusal;
    const violations = judge.violationsOf(policy.warn);
    if (violations.length === 0) return;
    this.#metrics.evaluated(concern, "warn", { policy: policy.warn, isAllowed: false });
    request.warn(`would violate ${told(policy.warn, violations)}`);
  }
}

/** Holds one pod against several levels, each once. */
class Judge {
  readonly #pod: PodShape;
  readonly #known: { readonly policy: LevelVersion; readonly violations: readonly Violation[] }[] = [];

  constructor(pod: PodShape) {
    this.#pod = pod;
  }

  violationsOf(policy: LevelVersion): readonly Violation[] {
    const known = this.#known.find((one) => sameLevel(one.policy, policy));
    if (known) return known.violations;
    const violations = evaluate(policy, this.#pod);
    this.#known.push({ policy, violations });
    return violations;
  }
}

const told = (policy: LevelVersion, violations: readonly Violation[]): string =>
  `PodSecurity ${JSON.stringify(printLevel(policy))}: ${printDetails(violations)}`;

const refuse = (
  { resource, name }: AdmissionRequest,
  policy: LevelVersion,
  violations: readonly Violation[],
): StatusError => forbiddenRequest(resource.groupResource, name, `violates ${told(policy, violations)}`);
