/** Writes of the server itself: nobody's fields, and nobody to warn. */
import type { ServedResource } from "../resources/served-resource.ts";
import type { ServerServices } from "../services.ts";
import type { WriteRequest } from "../write/request.ts";

const systemUser = { name: "system:apiserver", groups: ["system:masters"] };

export interface Place {
  readonly namespace?: string;
  readonly name: string;
}

export function systemWrite(
  services: ServerServices,
  resource: ServedResource,
  { namespace = "", name }: Place,
): WriteRequest {
  return {
    services,
    resource,
    namespace,
    name,
    subresource: "",
    user: systemUser,
    dryRun: false,
    manager: undefined,
    warn: () => {},
  };
}
