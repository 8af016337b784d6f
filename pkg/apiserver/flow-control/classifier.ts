/** Which FlowSchema a request belongs to: the first, in order, of which a rule takes it. */
import type { RequestUser } from "#pkg/registry/strategy.ts";
import type { RequestInfo } from "../http/request-info.ts";
import { type PathRule, type ResourceRule, type Rules, takesPath, takesResource } from "./policy-rules.ts";

/** A schema as far as matching goes. */
export interface Classified {
  readonly name: string;
  readonly precedence: number;
  readonly rules: readonly Rules[];
}

interface Candidate<T> {
  readonly schema: T;
  readonly resources: readonly ResourceRule[];
  readonly paths: readonly PathRule[];
}

/** Lower precedence first, then by name. */
export const byPrecedence = (a: Classified, b: Classified): number =>
  a.precedence - b.precedence || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

/** Identities whose schemas are remembered. */
const rememberedMax = 4096;

/**
 * For one state of all schemas. Authenticators give the same object for the same client again and again: the schemas that
 * concern him are found once, and remembered for as long as that object lives. Where an object is made for each request, as
 * for who is impersonated, they are found by his names.
 */
export class Classifier<T extends Classified> {
  readonly #schemas: readonly T[];
  readonly #fallback: T;
  readonly #known = new WeakMap<RequestUser, readonly Candidate<T>[]>();
  readonly #byNames = new Map<string, readonly Candidate<T>[]>();

  /** `schemas` in order; `fallback` takes what none does. */
  constructor(schemas: readonly T[], fallback: T) {
    this.#schemas = schemas;
    this.#fallback = fallback;
  }

  classify(info: RequestInfo, user: RequestUser): T {
    const candidates = this.#known.get(user) ?? this.#learn(user);
    const { resource } = info;
    for (const { schema, resources, paths } of candidates) {
      if (resource ? takesResource(resources, resource) : takesPath(paths, info)) return schema;
    }
    return this.#fallback;
  }

  #learn(user: RequestUser): readonly Candidate<T>[] {
    let names = user.name;
    for (const group of user.groups) names += `\0${group}`;
    let candidates = this.#byNames.get(names);
    if (!candidates) {
      candidates = this.#candidatesOf(user);
      if (this.#byNames.size >= rememberedMax) this.#byNames.clear();
      this.#byNames.set(names, candidates);
    }
    this.#known.set(user, candidates);
    return candidates;
  }

  #candidatesOf(user: RequestUser): readonly Candidate<T>[] {
    const candidates: Candidate<T>[] = [];
    for (const schema of this.#schemas) {
      const rules = schema.rules.filter(({ subjects }) => subjects.include(user));
      if (rules.length === 0) continue;
      candidates.push({
        schema,
        resources: rules.flatMap(({ resources }) => resources),
        paths: rules.flatMap(({ paths }) => paths),
      });
    }
    return candidates;
  }
}
