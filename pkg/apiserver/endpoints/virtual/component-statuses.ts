/** ComponentStatus: deprecated, but kubectl still asks. Each read asks the components themselves. */
import { get as httpsGet } from "node:https";
import type { ComponentStatus } from "#api/types/core/v1";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { notFound } from "#pkg/apimachinery/status-error.ts";
import type { ResourceContext } from "../../context.ts";
import { ask } from "../../negotiation/negotiate.ts";
import { encodeFresh, encodeItems } from "../../negotiation/objects.ts";
import { tableObjectsOf } from "../../negotiation/tables.ts";
import type { ServerServices } from "../../services.ts";
import { formOf } from "../answer.ts";
import { ensureList, offerOfList } from "../offer.ts";
import { sendBytes } from "../send.ts";

const probeMsMax = 5_000;
const answerBytesMax = 64 * 1024;

/** Resolves with what the component says of itself; rejects when it does not answer, or not with success. */
type Probe = (services: ServerServices) => Promise<string>;

/** The ports are where these components serve by default on the API server's machine; nothing says where else they are. */
const probes = new Map<string, Probe>([
  ["scheduler", () => askHealth("https://127.0.0.1:10259/healthz")],
  ["controller-manager", () => askHealth("https://127.0.0.1:10257/healthz")],
  ["etcd-0", ({ storage }) => storage.healthy().then(() => "ok")],
]);

export async function componentStatuses(context: ResourceContext): Promise<void> {
  if (context.request.verb === "get") await sendOne(context);
  else await sendAll(context);
}

async function sendOne(context: ResourceContext): Promise<void> {
  const { request, resource, info, services } = context;
  const form = formOf(context);
  const probe = probes.get(request.name);
  if (!probe) throw notFound({ group: "", resource: "componentstatus" }, request.name);
  const status = await statusOf(request.name, probe, services);
  const objects = tableObjectsOf(info.query);
  sendBytes(context, 200, form.contentType, encodeFresh(status, resource, form, objects));
}

async function sendAll(context: ResourceContext): Promise<void> {
  const { resource, info, services, exchange } = context;
  const asked = ask(exchange.header("accept"), offerOfList(resource));
  const objects = tableObjectsOf(info.query);
  const items = await Promise.all([...probes].map(([name, probe]) => statusOf(name, probe, services)));
  ensureList(context, asked);
  const { form } = asked;
  sendBytes(context, 200, form.contentType, encodeItems(resource, items, form, objects));
}

async function statusOf(name: string, probe: Probe, services: ServerServices): Promise<KubeObject> {
  const condition = await probe(services).then(
    (message) => ({ type: "Healthy", status: "True", message }),
    (error: Error) => ({ type: "Healthy", status: "False", message: error.message }),
  );
  const status: ComponentStatus = {
    kind: "ComponentStatus",
    apiVersion: "v1",
    metadata: { name },
    conditions: [condition],
  };
  return status as KubeObject;
}

/** The certificates of these pages are signed by nobody, so they are not checked. */
function askHealth(url: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const fail = (why: string): void => reject(new Error(`Get ${JSON.stringify(url)}: ${why}`));
  const request = httpsGet(url, { rejectUnauthorized: false, agent: false, timeout: probeMsMax }, (response) => {
    const parts: Buffer[] = [];
    let size = 0;
    response.on("data", (part: Buffer) => {
      size += part.length;
      if (size > answerBytesMax) request.destroy(new Error("answer too long"));
      parts.push(part);
    });
    response.on("end", () => {
      if (response.statusCode === 200) resolve(Buffer.concat(parts).toString());
      else reject(new Error(`HTTP probe failed with statuscode: ${response.statusCode}`));
    });
  });
  request.on("timeout", () => request.destroy(new Error("context deadline exceeded")));
  request.on("error", (error: NodeJS.ErrnoException) =>
    fail(error.code === "ECONNREFUSED" ? `dial tcp ${new URL(url).host}: connect: connection refused` : error.message),
  );
  return promise;
}
