/** A constraint: the devices of some requests have one attribute in common (the same NUMA node, say). */
import type { DeviceAttribute, DeviceConstraint } from "#api/types/resource.k8s.io/v1";
import type { Candidate } from "./pools.ts";
import type { Wish } from "./wishes.ts";

/** What `add` accepted, `remove` takes back, in any order. */
export class MatchAttribute {
  readonly #name: string;
  readonly #requests: ReadonlySet<string>;
  #common: string | undefined;
  #devices = 0;

  constructor({ requests = [] }: DeviceConstraint, attribute: string) {
    this.#name = attribute;
    this.#requests = new Set(requests);
  }

  /** False, and nothing changed, for a device that differs from the others or lacks the attribute. */
  add(wish: Wish, candidate: Candidate): boolean {
    if (!this.#concerns(wish)) return true;
    const value = identityOf(attributeOf(candidate, this.#name));
    if (value === undefined || (this.#devices > 0 && value !== this.#common)) return false;
    this.#common = value;
    this.#devices++;
    return true;
  }

  remove(wish: Wish): void {
    if (this.#concerns(wish)) this.#devices--;
  }

  /** Naming a request names all its alternatives; naming none, all requests. */
  #concerns({ request, name }: Wish): boolean {
    return this.#requests.size === 0 || this.#requests.has(request) || this.#requests.has(name);
  }
}

/** A driver may leave its own domain out of the names of attributes. */
function attributeOf({ device, driver }: Candidate, name: string): DeviceAttribute | undefined {
  const attributes = device.attributes ?? {};
  if (Object.hasOwn(attributes, name)) return attributes[name];
  const slash = name.indexOf("/");
  const [domain, own] = [name.slice(0, Math.max(0, slash)), name.slice(slash + 1)];
  return domain === driver && Object.hasOwn(attributes, own) ? attributes[own] : undefined;
}

/** Equal for equal values of one type; versions are equal when their texts are, as they have but one form. */
function identityOf(attribute: DeviceAttribute | undefined): string | undefined {
  const { string, int, bool, version } = attribute ?? {};
  if (string !== undefined) return `s${string}`;
  if (int !== undefined) return `i${int}`;
  if (bool !== undefined) return `b${bool}`;
  return version === undefined ? undefined : `v${version}`;
}
