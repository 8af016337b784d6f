/** Where the generic store asks for the rules on metadata. */
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { type FieldError, forbidden, invalid, required } from "#pkg/apimachinery/validation/field-error.ts";
import type { ServedResource } from "../resources/served-resource.ts";

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const subdomainText =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and " +
  "end with an alphanumeric character (e.g. 'example.com', regex used for validation is " +
  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

function subdomainErrors(name: string, prefix: boolean): string[] {
  const text = prefix ? name.replace(/-+$/, "a") : name;
  if (text.length > 253) return ["must be no more than 253 bytes"];
  return subdomain.test(text) ? [] : [subdomainText];
}

export function metadataErrors({ def, strategy }: ServedResource, { metadata }: KubeObject): FieldError[] {
  const nameErrors = strategy.validateName ?? subdomainErrors;
  const errors: FieldError[] = [];
  if (metadata.generateName) {
    for (const text of nameErrors(metadata.generateName, true))
      errors.push(invalid("metadata.generateName", metadata.generateName, text));
  }
  if (!metadata.name) errors.push(required("metadata.name", "name or generateName is required"));
  else for (const text of nameErrors(metadata.name, false)) errors.push(invalid("metadata.name", metadata.name, text));
  if (def.namespaced && !metadata.namespace) errors.push(required("metadata.namespace"));
  return errors;
}

/** A finalizer may be added only while the object is not being deleted. */
export function metadataUpdateErrors(next: KubeObject, old: Readonly<KubeObject>): FieldError[] {
  const errors: FieldError[] = [];
  if (old.metadata.deletionTimestamp) {
    const added = (next.metadata.finalizers ?? []).filter((f) => !old.metadata.finalizers?.includes(f));
    if (added.length > 0) {
      const list = `[${added.map((f) => `${f}`).join(" ")}]`;
      errors.push(
        forbidden(
          "metadata.finalizers",
          `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`,
        ),
      );
    }
  }
  return errors;
}
