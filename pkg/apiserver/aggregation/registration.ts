/** Keeps an APIService for every group version that definitions of custom resources serve. */
import type { CustomResourceDefinition } from "#api/types/apiextensions.k8s.io/v1";
import type { APIService, APIServiceSpec } from "#api/types/apiregistration.k8s.io/v1";
import { automanaged } from "./writer.ts";

/** Below all that is built in; versions are then sorted as Kubernetes versions are. */
const groupPriorityMinimum = 1000;
const versionPriority = 100;

export type RegistrationStep =
  | { readonly kind: "none" }
  | { readonly kind: "create"; readonly spec: APIServiceSpec }
  | { readonly kind: "update"; readonly spec: APIServiceSpec }
  | { readonly kind: "remove"; readonly uid: string };

/** Which definitions ask for which APIService. */
export class Registrations {
  /** By the name of the APIService: its definitions. */
  readonly #wanted = new Map<string, Set<string>>();
  readonly #byDefinition = new Map<string, readonly string[]>();

  /** Undefined: the definition is gone. Returns the names of APIServices that may be concerned. */
  set(definition: string, object: Readonly<CustomResourceDefinition> | undefined): string[] {
    const before = this.#byDefinition.get(definition) ?? [];
    const { group = "", versions = [] } = object?.spec ?? {};
    const after = versions.filter(({ served }) => served).map(({ name }) => `${name}.${group}`);
    for (const name of before) {
      const wanting = this.#wanted.get(name);
      wanting?.delete(definition);
      if (wanting?.size === 0) this.#wanted.delete(name);
    }
    for (const name of after) {
      const wanting = this.#wanted.get(name) ?? new Set();
      this.#wanted.set(name, wanting.add(definition));
    }
    if (after.length > 0) this.#byDefinition.set(definition, after);
    else this.#byDefinition.delete(definition);
    return [...new Set([...before, ...after])];
  }

  /** What to do about an APIService. One that somebody else made is left alone. */
  plan(name: string, present: Readonly<APIService> | undefined): RegistrationStep {
    const isWanted = this.#wanted.has(name);
    if (!present) return isWanted ? { kind: "create", spec: specOf(name) } : { kind: "none" };
    if (present.metadata.labels?.[automanaged] !== "true") return { kind: "none" };
    if (!isWanted) return { kind: "remove", uid: present.metadata.uid ?? "" };
    const spec = specOf(name);
    return isSame(spec, present.spec) ? { kind: "none" } : { kind: "update", spec };
  }
}

function specOf(name: string): APIServiceSpec {
  const dot = name.indexOf(".");
  return { group: name.slice(dot + 1), version: name.slice(0, dot), groupPriorityMinimum, versionPriority };
}

function isSame(wanted: APIServiceSpec, present: APIServiceSpec | undefined): boolean {
  return (
    present !== undefined &&
    present.service === undefined &&
    present.group === wanted.group &&
    present.version === wanted.version &&
    present.groupPriorityMinimum === wanted.groupPriorityMinimum &&
    present.versionPriority === wanted.versionPriority
  );
}
