/** ComponentStatus: deprecated, but kubectl still asks. Tells of etcd, which is what this server depends on. */
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { notFound } from "#pkg/apimachinery/status-error.ts";
import type { ResourceContext } from "../../context.ts";
import { encodeAs, encodeFresh } from "../../negotiation/objects.ts";
import { tableObjectsOf, tableOf } from "../../negotiation/tables.ts";
import { formOf } from "../answer.ts";
import { sendBytes } from "../send.ts";

export async function componentStatuses(context: ResourceContext): Promise<void> {
  const { request, resource, info } = context;
  const form = formOf(context);
  const etcd = await describeEtcd(context);
  if (request.verb === "get") {
    if (request.name !== etcd.metadata.name) throw notFound(resource.groupResource, request.name);
    sendBytes(context, 200, form.contentType, encodeFresh(etcd, resource, form, tableObjectsOf(info.query)));
    return;
  }
  const metadata = {};
  const body =
    form.view === "table"
      ? tableOf(resource, [etcd], { metadata, objects: tableObjectsOf(info.query) })
      : { kind: "ComponentStatusList", apiVersion: "v1", metadata, items: [etcd] };
  sendBytes(context, 200, "application/json", encodeAs("json", body, ""));
}

async function describeEtcd({ services }: ResourceContext): Promise<KubeObject> {
  const failure = await services.storage.healthy().then(
    () => undefined,
    (error: Error) => error.message,
  );
  const condition =
    failure === undefined
      ? { type: "Healthy", status: "True", message: "ok" }
      : { type: "Healthy", status: "False", message: failure };
  return {
    kind: "ComponentStatus",
    apiVersion: "v1",
    metadata: { name: "etcd-0" },
    conditions: [condition],
  } as unknown as KubeObject;
}
