/** Rules on requests, limits and claims of containers and of whole pods. */
import type { ResourceClaim, ResourceRequirements } from "#api/types/core/v1";
import { parseQuantity } from "#pkg/apimachinery/quantity/index.ts";
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notFoundValue,
  required,
} from "#pkg/apimachinery/validation/field-error.ts";
import { entriesOf, type Findings } from "./findings.ts";
import { dnsLabel } from "./name-forms.ts";
import { allowsOvercommit, isHugePages, isWholePages, resourceQuantity } from "./resource-names.ts";

export interface RequirementRules {
  /** What a resource may be called here. */
  readonly name: (path: string, name: string) => Iterable<FieldError>;
  /** Names in the pod's `resourceClaims`. */
  readonly claims: ReadonlySet<string>;
}

export function* resourceRequirements(
  path: string,
  of: ResourceRequirements | undefined,
  rules: RequirementRules,
): Findings {
  const { limits, requests, claims } = of ?? {};
  for (const [name, amount] of entriesOf(limits)) yield* oneResource(`${path}.limits[${name}]`, name, amount, rules);
  for (const [name, amount] of entriesOf(requests)) {
    yield* namedQuantity(`${path}.requests[${name}]`, name, amount, rules);
    yield* requestWithinLimit(path, name, amount, limits ?? {});
    yield* wholePages(`${path}.requests[${name}]`, name, amount);
  }
  const names = [...Object.keys(limits ?? {}), ...Object.keys(requests ?? {})];
  if (names.some(isHugePages) && !names.some((name) => name === "cpu" || name === "memory")) {
    yield forbidden(path, "HugePages require cpu or memory");
  }
  yield* claimNames(`${path}.claims`, claims ?? [], rules.claims);
}

function* oneResource(path: string, name: string, amount: string, rules: RequirementRules): Findings {
  yield* namedQuantity(path, name, amount, rules);
  yield* wholePages(path, name, amount);
}

function* namedQuantity(path: string, name: string, amount: string, rules: RequirementRules): Findings {
  yield* rules.name(path, name);
  yield* resourceQuantity(path, name, amount);
}

function* wholePages(path: string, name: string, amount: string): Findings {
  if (!isHugePages(name) || isWholePages(name, amount)) return;
  const text = parseQuantity(amount).toString();
  yield invalid(path, text, `${text} is not positive integer multiple of ${name}`);
}

function* requestWithinLimit(
  path: string,
  name: string,
  amount: string,
  limits: Readonly<Record<string, string>>,
): Findings {
  if (!Object.hasOwn(limits, name)) {
    if (!allowsOvercommit(name)) yield required(`${path}.limits`, "Limit must be set for non overcommitable resources");
    return;
  }
  const request = parseQuantity(amount);
  const limit = parseQuantity(limits[name] as string);
  const order = request.compare(limit);
  if (order !== 0 && !allowsOvercommit(name)) {
    yield invalid(`${path}.requests`, request.toString(), `must be equal to ${name} limit of ${limit}`);
  } else if (order > 0) {
    yield invalid(`${path}.requests`, request.toString(), `must be less than or equal to ${name} limit of ${limit}`);
  }
}

/** A claim is named once as a whole, or several times by its requests. */
function* claimNames(path: string, claims: readonly ResourceClaim[], known: ReadonlySet<string>): Findings {
  const seen = new Set<string>();
  for (const [at, { name, request }] of claims.entries()) {
    const here = `${path}[${at}]`;
    if (!name) {
      yield required(here);
      continue;
    }
    if (seen.has(name)) yield duplicate(here, name);
    else {
      if (request) yield* dnsLabel(`${here}.request`, request);
      const key = request ? `${name}/${request}` : name;
      if (seen.has(key)) yield duplicate(here, key);
      else if (!request && [...seen].some((other) => other.startsWith(`${name}/`))) yield duplicate(here, name);
      seen.add(key);
    }
    if (!known.has(name)) yield unknownClaim(here, name, known);
  }
}

function unknownClaim(path: string, name: string, known: ReadonlySet<string>): FieldError {
  const names = [...known].sort();
  const hint = names.length === 0 ? " which is empty" : `: ${names.join(", ")}`;
  const error = notFoundValue(path, name);
  return { ...error, detail: `${error.detail}: must be one of the names in pod.spec.resourceClaims${hint}` };
}
