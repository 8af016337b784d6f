/** Lists that are only looked into when they are short enough. */
import { duplicate, type FieldError, tooMany } from "#pkg/apimachinery/validation/field-error.ts";
import { each, type Findings } from "../../shared/findings.ts";

export interface ListRules<T> {
  readonly max?: number;
  readonly rule: (path: string, item: T) => Iterable<FieldError>;
  /** What no two items may have in common. */
  readonly key?: (item: T) => unknown;
}

/** What is wrong with items is told before which of them are repeated. */
export function* boundedList<T>(path: string, items: readonly T[] | undefined | null, rules: ListRules<T>): Findings {
  const { max, rule, key } = rules;
  const list = items ?? [];
  if (max !== undefined && list.length > max) {
    yield tooMany(path, list.length, max);
    return;
  }
  yield* each(path, list, rule);
  if (!key) return;
  const seen = new Set<string>();
  for (const [at, item] of list.entries()) {
    const value = key(item);
    const text = JSON.stringify(value);
    if (seen.has(text)) yield duplicate(`${path}[${at}]`, value);
    seen.add(text);
  }
}
