/** The rules that the data of ConfigMaps and Secrets share. */
import { type FieldError, forbidden, invalid } from "#pkg/apimachinery/validation/field-error.ts";
import { configKeyErrors } from "./name-forms.ts";
import { sameMeaning } from "./semantic.ts";

/** Of all values together: etcd's requests hold little more. */
export const dataBytesMax = 1024 * 1024;

export const dataKeyErrors = (field: string, key: string): FieldError[] =>
  configKeyErrors(key).map((text) => invalid(field, key, text));

type Immutable = { readonly immutable?: boolean } & Readonly<Record<string, unknown>>;

/** What was made immutable stays so, and so do these members. */
export function immutableDataErrors(next: object, old: object, members: readonly string[]): FieldError[] {
  const [now, before] = [next as Immutable, old as Immutable];
  if (!before.immutable) return [];
  const text = "field is immutable when `immutable` is set";
  const errors = now.immutable ? [] : [forbidden("immutable", text)];
  return [
    ...errors,
    ...members.filter((name) => !sameMeaning(now[name], before[name])).map((name) => forbidden(name, text)),
  ];
}

type NullableBytes = Record<string, string | null>;

/** A key with null for its bytes has none of them: upstream's store knows no difference. */
export function fillBytes(data: NullableBytes = {}): void {
  for (const [key, value] of Object.entries(data)) if (value === null) data[key] = "";
}
