/** What errors call messages and their fields: the names of Go's types and their members, which clients see. */
import type { TypeName, TypeRef } from "#api/index.ts";

/** `v1.Pod` is a Pod. */
export const messageName = (type: TypeName): string => type.slice(type.lastIndexOf(".") + 1);

/** Words that Go writes in capitals where a name begins with them. */
const initials =
  /^(api|ca|cidr|cpu|csi|dns|fc|fs|gce|http|id|io|ip|iqn|iscsi|json|nfs|os|pd|pid|tcp|tls|ttl|uid|uri|url)(?=[A-Z]|s?$)/;

const embedded: Readonly<Record<TypeName, string>> = {
  "meta/v1.ObjectMeta": "ObjectMeta",
  "meta/v1.ListMeta": "ListMeta",
};

/** `name` is the member's in JSON. */
export function memberName(name: string, type: TypeRef): string {
  const own = name === "metadata" && type.kind === "message" ? embedded[type.name] : undefined;
  if (own !== undefined) return own;
  const raised = name.replace(initials, (word) => word.toUpperCase());
  return raised.charAt(0).toUpperCase() + raised.slice(1);
}
