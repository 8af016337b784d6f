/** Nothing is created in a namespace that is missing or going, and the namespaces that a cluster needs stay. */
import { forbiddenRequest, notFound, StatusError } from "#pkg/apimachinery/status-error.ts";
import type { ObjectReader } from "../../resources/reader.ts";
import { namespaceNamed } from "../namespace-named.ts";
import type { AdmissionPluginFactory, AdmissionRequest } from "../plugin.ts";
import { refusal } from "../refusal.ts";

const immortal = new Set(["default", "kube-system", "kube-public"]);
/** Reviews of access must work in a namespace that does not exist. */
const reviews = new Set(["localsubjectaccessreviews"]);

const isNamespaces = ({ resource }: AdmissionRequest): boolean =>
  resource.def.plural === "namespaces" && resource.def.group === "";

export const namespaceLifecycle: AdmissionPluginFactory = ({ reader }) => ({
  name: "NamespaceLifecycle",
  handles: (request) => request.operation !== "CONNECT" && (isNamespaces(request) || request.resource.def.namespaced),
  admit(request) {
    const { operation, resource, namespace, name } = request;
    if (isNamespaces(request)) {
      if (operation === "DELETE" && immortal.has(name)) {
        throw forbiddenRequest(resource.groupResource, name, "this namespace may not be deleted");
      }
      return undefined;
    }
    // Deletions must work in a namespace that is going; updates find no object without one.
    if (operation !== "CREATE" || reviews.has(resource.def.plural)) return undefined;
    return ensureLive(request, namespace, reader);
  },
});

async function ensureLive(request: AdmissionRequest, namespace: string, reader: ObjectReader): Promise<void> {
  const found = await namespaceNamed(reader, namespace);
  if (!found) throw notFound({ group: "", resource: "namespaces" }, namespace);
  if (found.status?.phase !== "Terminating" && !found.metadata.deletionTimestamp) return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const error = refusal(request, why);
  const message = `namespace ${namespace} is being terminated`;
  const causes = [{ reason: "NamespaceTerminating", message, field: "metadata.namespace" }];
  throw new StatusError("Forbidden", error.message, { details: { ...error.details, causes } });
}
