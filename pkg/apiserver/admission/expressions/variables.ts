/** What expressions of admission can name. https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/ */
import { authorizerValue, resourceCheckValue } from "#pkg/apimachinery/cel/admission/index.ts";
import { CelError, CostLimitError, fromJson, type MapValue, type Value } from "#pkg/apimachinery/cel/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { ShownAs, Subject } from "../matching/subject.ts";
import { optionsOf, requestMembers } from "../webhooks/review.ts";
import type { Answers } from "./answers.ts";
import { type AdmissionExpression, type ExpressionContext, ExpressionError, type Values } from "./expression.ts";

export interface RequestView {
  readonly object: KubeObject | undefined;
  readonly old: KubeObject | undefined;
  readonly answers: Answers;
}

/** `object`, `oldObject`, `request`, `authorizer`; values are read from JSON when somebody asks for them. */
export function requestValues(subject: Subject, as: ShownAs, view: RequestView): Values {
  const { request } = subject;
  const { object, old, answers } = view;
  const { group, resource } = as.resource;
  const { subresource, namespace, name, dryRun } = request;
  return {
    object: fromJson(object),
    oldObject: fromJson(old),
    request: fromJson({ ...requestMembers(subject, as), dryRun, options: optionsOf(request) }),
    authorizer: authorizerValue(answers.ask),
    "authorizer.requestResource": resourceCheckValue(answers.ask, { group, resource, subresource, namespace, name }),
  };
}

/** `namespaceObject`: what expressions may know of the namespace of the request. */
export function namespaceValue(namespace: Readonly<KubeObject> | undefined): Value {
  if (!namespace) return null;
  const { managedFields: _, ownerReferences: __, selfLink: ___, ...metadata } = namespace.metadata;
  return fromJson({ ...namespace, metadata });
}

/** `variables`: each is evaluated once, when first read, and may read those before it. */
export class ComposedValues implements MapValue {
  readonly isMap = true;
  readonly #expressions: ReadonlyMap<string, AdmissionExpression>;
  readonly #context: ExpressionContext;
  readonly #known = new Map<string, { readonly value: Value } | { readonly error: CelError }>();

  constructor(expressions: ReadonlyMap<string, AdmissionExpression>, { values, budget }: ExpressionContext) {
    this.#expressions = expressions;
    this.#context = { values: { ...values, variables: this }, budget };
  }

  get size(): number {
    return this.#expressions.size;
  }

  get(key: Value): Value | undefined {
    const expression = typeof key === "string" ? this.#expressions.get(key) : undefined;
    if (!expression) return undefined;
    const name = key as string;
    const known = this.#known.get(name) ?? this.#evaluate(name, expression);
    this.#known.set(name, known);
    if ("error" in known) throw known.error;
    return known.value;
  }

  keys(): Iterable<Value> {
    return this.#expressions.keys();
  }

  #evaluate(name: string, expression: AdmissionExpression): { value: Value } | { error: CelError } {
    try {
      return { value: expression.evaluateInner(this.#context) };
    } catch (cause) {
      const isCompile = cause instanceof ExpressionError;
      if (!(isCompile || cause instanceof CelError || cause instanceof CostLimitError)) throw cause;
      const how = isCompile ? "compile" : "evaluate";
      return { error: new CelError(`composited variable ${JSON.stringify(name)} fails to ${how}: ${cause.message}`) };
    }
  }
}
