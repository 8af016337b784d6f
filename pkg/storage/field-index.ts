/** Exact-match indexes over the fields that a resource names. */
import type { CachedObject } from "./stored.ts";

export class FieldIndex {
  /** Field → value → key → object. */
  readonly #byField = new Map<string, Map<string, Map<string, CachedObject>>>();

  constructor(fields: readonly string[]) {
    for (const field of fields) this.#byField.set(field, new Map());
  }

  add(object: CachedObject): void {
    for (const [field, values] of this.#byField) {
      const value = object.fields[field] ?? "";
      const objects = values.get(value);
      if (objects) objects.set(object.key, object);
      else values.set(value, new Map([[object.key, object]]));
    }
  }

  remove(object: CachedObject): void {
    for (const [field, values] of this.#byField) {
      const value = object.fields[field] ?? "";
      const objects = values.get(value);
      objects?.delete(object.key);
      if (objects?.size === 0) values.delete(value);
    }
  }

  clear(): void {
    for (const values of this.#byField.values()) values.clear();
  }

  /** The smallest set that an indexed field narrows to, in no order; undefined when none of the fields has an index. */
  narrow(fields: Readonly<Record<string, string>>): Iterable<CachedObject> | undefined {
    let best: Map<string, CachedObject> | undefined;
    for (const field of Object.keys(fields)) {
      const values = this.#byField.get(field);
      if (!values) continue;
      const objects = values.get(fields[field] ?? "");
      if (!objects) return [];
      if (!best || objects.size < best.size) best = objects;
    }
    return best?.values();
  }
}
