/**
 * Which part of an object was which part before: members by their names, items of lists by their keys where the schema has
 * keys. What did not change may break rules that came later.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-ratcheting
 */
import { sameJson } from "#pkg/apimachinery/json.ts";
import { identityOf, keysOf } from "./list-items.ts";
import { asSchema, isObject, memberSchema, type Structural } from "./structural.ts";

export class Correlation {
  readonly value: unknown;
  readonly old: unknown;
  readonly #schema: Structural;
  readonly #children = new Map<string, Correlation | undefined>();
  #isUnchanged: boolean | undefined;
  #oldItems: ReadonlyMap<string, unknown> | undefined;

  /** `old` is a value, not undefined: what was not there has no correlation. */
  constructor(value: unknown, old: unknown, schema: Structural) {
    this.value = value;
    this.old = old;
    this.#schema = schema;
  }

  get isUnchanged(): boolean {
    this.#isUnchanged ??= sameJson(this.value, this.old);
    return this.#isUnchanged;
  }

  /** Of a member or an item; undefined where nothing was there, or nothing says which. */
  child(segment: string): Correlation | undefined {
    if (!this.#children.has(segment)) this.#children.set(segment, this.#find(segment));
    return this.#children.get(segment);
  }

  /** Whether the value there, or one that it is in, is as it was. */
  isUnchangedAt(segments: readonly string[]): boolean {
    let at: Correlation | undefined = this;
    for (const segment of segments) {
      if (at.isUnchanged) return true;
      at = at.child(segment);
      if (!at) return false;
    }
    return at.isUnchanged;
  }

  #find(segment: string): Correlation | undefined {
    const { value, old } = this;
    if (Array.isArray(value)) return Array.isArray(old) ? this.#item(value[Number(segment)]) : undefined;
    if (!isObject(value) || !isObject(old)) return undefined;
    const schema = memberSchema(this.#schema, segment);
    if (!schema || !Object.hasOwn(old, segment)) return undefined;
    return new Correlation(value[segment], old[segment], schema);
  }

  #item(item: unknown): Correlation | undefined {
    const items = asSchema(this.#schema.items);
    if (!items || this.#schema["x-kubernetes-list-type"] !== "map") return undefined;
    this.#oldItems ??= new Map(
      (this.old as readonly unknown[]).map((one) => [identityOf(keysOf(one, this.#schema)), one]),
    );
    const found = this.#oldItems.get(identityOf(keysOf(item, this.#schema)));
    return found === undefined ? undefined : new Correlation(item, found, items);
  }
}
