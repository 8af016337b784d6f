/** Asks the server of an aggregated API what it serves: its resources, and where its OpenAPI document is. */
import { aggregatedMediaType } from "../discovery/index.ts";
import { aggregatorUser } from "./availability.ts";
import { readAggregated, readPlain } from "./discovered.ts";
import type { PeerAnswer, Peers } from "./peers.ts";
import type { RemoteApi } from "./remote-api.ts";
import type { Description } from "./remote-apis.ts";

const answerTimeoutMs = 5_000;

/** Never rejects: what is not answered stays as it was told last, and is marked as old. */
export async function describeApi(
  api: RemoteApi,
  peers: Peers,
  { last, signal }: { readonly last: Description; readonly signal: AbortSignal },
): Promise<Description> {
  const ask = async (path: string, accept: string): Promise<PeerAnswer> =>
    peers.get(api, await peers.locate(api), {
      path,
      headers: { accept },
      user: aggregatorUser,
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerTimeoutMs)]),
    });
  try {
    const resources = await resourcesOf(api, ask);
    return { resources, stale: false, openApi: await openApiOf(api, ask).catch(() => last.openApi) };
  } catch {
    return { ...last, stale: true };
  }
}

type Ask = (path: string, accept: string) => Promise<PeerAnswer>;

async function resourcesOf(api: RemoteApi, ask: Ask): Promise<ReturnType<typeof readPlain>> {
  const whole = await ask("/apis", aggregatedMediaType);
  if (whole.status === 200 && (whole.headers["content-type"] ?? "").includes("as=APIGroupDiscoveryList")) {
    const found = readAggregated(JSON.parse(whole.body.toString()), api);
    if (found) return found;
  }
  const path = `/apis/${api.group}/${api.version}`;
  const plain = await ask(path, "application/json");
  if (plain.status !== 200) throw new Error(`failed to download legacy discovery for ${path}: ${plain.status}`);
  return readPlain(JSON.parse(plain.body.toString()), api);
}

async function openApiOf({ group, version }: RemoteApi, ask: Ask): Promise<Description["openApi"]> {
  const index = await ask("/openapi/v3", "application/json");
  if (index.status !== 200) return undefined;
  const { paths = {} } = JSON.parse(index.body.toString()) as {
    paths?: Record<string, { serverRelativeURL?: unknown }>;
  };
  const path = `apis/${group}/${version}`;
  const entry = Object.hasOwn(paths, path) ? paths[path] : undefined;
  // The document is asked for here, and passed on from where it is there.
  return typeof entry?.serverRelativeURL === "string" ? { serverRelativeURL: entry.serverRelativeURL } : undefined;
}
