/** exec, attach and portforward of pods: the client's upgrade, joined to the kubelet of the pod's node. */
import { resources } from "#api/gen/resources.ts";
import type { Pod } from "#api/types/core/v1";
import { badRequest, notFound } from "#pkg/apimachinery/status-error.ts";
import { type DialTarget, proxyUpgrade, type StreamChoice } from "#pkg/streaming/index.ts";
import { denial } from "../authz/denial.ts";
import type { ResourceContext } from "../context.ts";
import { admitConnect } from "../endpoints/connect.ts";
import { isTrue } from "../http/request-info.ts";
import { type KubeletTarget, kubeletOf } from "../kubelet-address.ts";
import { containerOf } from "./container.ts";
import { ensureUpgrade, runUpgrade } from "./upgrade.ts";

export const exec = (context: ResourceContext): Promise<void> => session(context, "exec");
export const attach = (context: ResourceContext): Promise<void> => session(context, "attach");

async function session(context: ResourceContext, protocol: "exec" | "attach"): Promise<void> {
  const { query } = context.info;
  await ensureMayCreate(context);
  await admitConnect(context);
  const pod = await readPod(context);
  const container = containerOf(pod, query.get("container") ?? "");
  const kubelet = await kubeletFor(pod, context);
  const streams = parseStreams(query, protocol);
  const path = `/${protocol}/${pod.metadata.namespace}/${pod.metadata.name}/${container}`;
  const target = targetAt(kubelet, path, kubeletQuery(streams, query.getAll("command")));
  const client = ensureUpgrade(context);
  await runUpgrade(context, proxyUpgrade({ ...client, target, protocol, streams, signal: context.services.stopping }));
}

export async function portForward(context: ResourceContext): Promise<void> {
  await ensureMayCreate(context);
  await admitConnect(context);
  const pod = await readPod(context);
  const kubelet = await kubeletFor(pod, context);
  const query = new URLSearchParams(context.info.query.getAll("ports").map((port) => ["port", port]));
  const target = targetAt(kubelet, `/portForward/${pod.metadata.namespace}/${pod.metadata.name}`, query);
  const client = ensureUpgrade(context);
  await runUpgrade(
    context,
    proxyUpgrade({ ...client, target, protocol: "portforward", signal: context.services.stopping }),
  );
}

/** A WebSocket begins with GET, but opens a session all the same: it needs the verb that POST has. */
async function ensureMayCreate({ request, user, info, services }: ResourceContext): Promise<void> {
  if (request.verb === "create") return;
  const attributes = { user, verb: "create", resource: { ...request, verb: "create" as const }, path: info.path };
  const { outcome, reason } = await services.authorizer.authorize(attributes);
  if (outcome !== "allow") throw denial(attributes, reason);
}

async function readPod({ request, resource, services }: ResourceContext): Promise<Pod> {
  const pod = await services.reader.getLatest(resources.pods, request.namespace, request.name);
  if (!pod) throw notFound(resource.groupResource, request.name);
  return pod as Pod;
}

function kubeletFor(pod: Pod, { services }: ResourceContext): Promise<KubeletTarget> {
  const { nodeName } = pod.spec ?? {};
  if (!nodeName) throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
  return kubeletOf(nodeName, services, "pods");
}

/** attach shows output unless told otherwise; exec shows what was asked for. */
function parseStreams(query: URLSearchParams, protocol: "exec" | "attach"): StreamChoice {
  const flag = (name: string, absent = false) => (query.has(name) ? isTrue(query.get(name)) : absent);
  const output = protocol === "attach" || (!query.has("stdout") && !query.has("stderr") && !query.has("stdin"));
  const tty = flag("tty");
  return { stdin: flag("stdin"), stdout: flag("stdout", output), stderr: !tty && flag("stderr", output), tty };
}

/** The kubelet names the same streams differently. */
function kubeletQuery(streams: StreamChoice, command: readonly string[]): URLSearchParams {
  const query = new URLSearchParams();
  if (streams.stdin) query.set("input", "1");
  if (streams.stdout) query.set("output", "1");
  if (streams.stderr) query.set("error", "1");
  if (streams.tty) query.set("tty", "1");
  for (const word of command) query.append("command", word);
  return query;
}

export function targetAt(kubelet: KubeletTarget, path: string, query: URLSearchParams): DialTarget {
  const { host, port, ...tls } = kubelet;
  const name = host.includes(":") ? `[${host}]` : host;
  const url = new URL(`https://${name}:${port}${path}`);
  url.search = query.toString();
  return { url, tls };
}
