/** Sessions with pods and proxies: admitted by their options, before anything is opened. */
import { normalize } from "#pkg/apimachinery/codec/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { ResourceContext } from "../context.ts";
import { isTrue } from "../http/request-info.ts";
import { admitObject } from "../write/admit.ts";
import { writeRequestOf } from "./write-options.ts";

/** Which query parameters become which members of the options. */
const flags = ["stdin", "stdout", "stderr", "tty"];

/** Throws StatusError to refuse. */
export async function admitConnect(context: ResourceContext): Promise<void> {
  const { resource, request } = context;
  const sub = resource.def.subresources.find(({ name }) => name === request.subresource);
  if (!sub) return;
  const options = normalize(optionsOf(context), `core/v1.${sub.kind}`);
  const object = { kind: sub.kind, apiVersion: sub.version, ...options } as unknown as KubeObject;
  // A session keeps its name even where it begins with POST.
  await admitObject({ ...writeRequestOf(context, { dryRun: false }), name: request.name }, object, "CONNECT");
}

function optionsOf({ info: { query }, request }: ResourceContext): object {
  if (request.subresource === "proxy") return { path: request.rest.length > 0 ? `/${request.rest.join("/")}` : "" };
  if (request.subresource === "portforward") {
    return { ports: query.getAll("ports").flatMap((text) => (/^\d{1,5}$/.test(text) ? [Number(text)] : [])) };
  }
  const set = flags.filter((name) => isTrue(query.get(name)));
  return {
    ...Object.fromEntries(set.map((name) => [name, true])),
    container: query.get("container") ?? "",
    ...(request.subresource === "exec" ? { command: query.getAll("command") } : {}),
  };
}
