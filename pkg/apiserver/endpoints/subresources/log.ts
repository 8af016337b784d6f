/** `pods/<name>/log`: what the kubelet tells, passed on as it comes. */
import type { IncomingMessage } from "node:http";
import https from "node:https";
import type { Pod } from "#api/types/core/v1";
import { badRequest, notFound, StatusError } from "#pkg/apimachinery/status-error.ts";
import { streamMessages } from "#pkg/streaming/index.ts";
import { type ResourceContext, responseHeaders } from "../../context.ts";
import { kubeletOf } from "../../kubelet-address.ts";
import { containerOf } from "../../streaming/container.ts";
import { ensureUpgrade } from "../../streaming/upgrade.ts";

const passed = ["follow", "limitBytes", "previous", "sinceSeconds", "sinceTime", "stream", "tailLines", "timestamps"];

export async function logs(context: ResourceContext): Promise<void> {
  const { resource, request, info, services } = context;
  const stored = await resource.store.get(resource.keyOf(request.namespace, request.name), { kind: "latest" });
  if (!stored) throw notFound(resource.groupResource, request.name);
  const pod = stored.object as Pod;
  const container = containerOf(pod, info.query.get("container") ?? "");
  const query = new URLSearchParams();
  for (const name of passed) {
    const value = info.query.get(name);
    if (value !== null && value !== "") query.set(name, value);
  }
  if (!pod.spec?.nodeName) {
    // A pod without a node has said nothing yet.
    context.exchange.send(200, responseHeaders(context, "text/plain"), Buffer.alloc(0));
    return;
  }
  const kubelet = await kubeletOf(pod.spec.nodeName, services, "pods");
  const path = `/containerLogs/${request.namespace}/${request.name}/${container}${query.size > 0 ? `?${query}` : ""}`;
  await relay(context, { ...kubelet, path });
}

function relay(context: ResourceContext, options: https.RequestOptions): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const { exchange } = context;
  const upstream = https.get({ ...options, signal: exchange.signal }, (response) => {
    const status = response.statusCode ?? 500;
    if (status < 200 || status > 206) {
      refusal(context, response).then(reject, reject);
      return;
    }
    if (exchange.upgrade) {
      streamMessages({ ...ensureUpgrade(context), source: response }).then(resolve, reject);
      return;
    }
    const sink = exchange.stream(status, responseHeaders(context, response.headers["content-type"] ?? "text/plain"));
    response.on("data", (chunk: Buffer) => {
      if (sink.write(chunk) || sink.closed) return;
      response.pause();
      sink.onDrain(() => response.resume());
    });
    const end = () => {
      sink.end();
      resolve();
    };
    response.on("end", end);
    response.on("error", end);
    response.on("close", end);
  });
  upstream.on("error", (error) => {
    if (exchange.responded || exchange.signal.aborted) resolve();
    else
      reject(
        new StatusError(
          "InternalError",
          `Get "https://${options.host}:${options.port}${options.path}": ${error.message}`,
          { cause: error },
        ),
      );
  });
  return promise;
}

const refusalBytesMax = 2048;

/** What the kubelet said, as the API's clients read it. */
async function refusal({ request }: ResourceContext, response: IncomingMessage): Promise<StatusError> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response) {
    parts.push(part as Buffer);
    size += (part as Buffer).length;
    if (size >= refusalBytesMax) break;
  }
  const text = Buffer.concat(parts).subarray(0, refusalBytesMax).toString();
  const { statusCode } = response;
  if (statusCode === 400) return badRequest(text);
  const details = { name: request.name, kind: "pods/log" };
  if (statusCode === 404) {
    const message = `the server could not find the requested resource ( pods/log ${request.name})`;
    return new StatusError("NotFound", message, { details });
  }
  return new StatusError("InternalError", `Internal error occurred: ${text}`, {
    details: { causes: [{ message: text }] },
  });
}
