/** The words of a refusal, which users and tests read. */
import { forbiddenRequest, StatusError } from "#pkg/apimachinery/status-error.ts";
import type { Attributes, ResourceAttributes } from "./authorizer.ts";

export function denial(attributes: Attributes, reason: string): StatusError {
  const { user, verb, resource, path } = attributes;
  const why = reason ? `: ${reason}` : "";
  if (!resource) {
    const text = `User ${JSON.stringify(user.name)} cannot ${verb} path ${JSON.stringify(path)}${why}`;
    return new StatusError("Forbidden", `forbidden: ${text}`, { details: {} });
  }
  const text = `User ${JSON.stringify(user.name)} cannot ${verb} ${describeResource(resource)}${why}`;
  return forbiddenRequest({ group: resource.group, resource: resource.plural }, resource.name, text);
}

/** `resource "pods/log" in API group "" in the namespace "default"`. */
export function describeResource({ group, plural, subresource, namespace }: ResourceAttributes): string {
  const target = subresource ? `${plural}/${subresource}` : plural;
  const scope = namespace === "" ? "at the cluster scope" : `in the namespace ${JSON.stringify(namespace)}`;
  return `resource ${JSON.stringify(target)} in API group ${JSON.stringify(group)} ${scope}`;
}
