/** Connections from a kubeconfig file, and from the files that a pod finds in its container. */
import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { parse } from "yaml";
import { type Clock, systemClock } from "#pkg/apimachinery/clock.ts";
import type { Connection } from "./types.ts";

interface Cluster {
  readonly server?: string;
  readonly "certificate-authority"?: string;
  readonly "certificate-authority-data"?: string;
  readonly "insecure-skip-tls-verify"?: boolean;
}

interface User {
  readonly "client-certificate"?: string;
  readonly "client-certificate-data"?: string;
  readonly "client-key"?: string;
  readonly "client-key-data"?: string;
  readonly token?: string;
  readonly tokenFile?: string;
}

interface Kubeconfig {
  readonly "current-context"?: string;
  readonly contexts?: readonly { name: string; context: { cluster: string; user: string } }[];
  readonly clusters?: readonly { name: string; cluster: Cluster }[];
  readonly users?: readonly { name: string; user: User }[];
}

export interface KubeconfigOptions {
  /** Instead of the file's current context. */
  readonly context?: string;
  readonly userAgent?: string;
  /** Instead of the file's server (`--master`). */
  readonly server?: string;
}

/** A token file is read again after this time: kubelets rotate them well before they expire. */
const tokenAgeMsMax = 60_000;

/** Reads the context that is current. Throws an Error that names what is missing. Exec plugins are not supported. */
export async function connectionFromKubeconfig(path: string, options: KubeconfigOptions = {}): Promise<Connection> {
  const config = (parse(await readFile(path, "utf8")) ?? {}) as Kubeconfig;
  const contextName = options.context ?? config["current-context"] ?? "";
  const context = config.contexts?.find(({ name }) => name === contextName)?.context ?? config.contexts?.[0]?.context;
  const cluster = find(config.clusters, context?.cluster)?.cluster;
  const user = find(config.users, context?.user)?.user ?? {};
  const server = options.server ?? cluster?.server;
  if (!server) throw new Error(`kubeconfig ${path} names no server for context ${JSON.stringify(contextName)}`);
  const read = (file: string | undefined, data: string | undefined) => readInline(dirname(path), file, data);
  const ca = await read(cluster?.["certificate-authority"], cluster?.["certificate-authority-data"]);
  const cert = await read(user["client-certificate"], user["client-certificate-data"]);
  const key = await read(user["client-key"], user["client-key-data"]);
  const token = user.token ?? (user.tokenFile ? tokenFromFile(resolveIn(dirname(path), user.tokenFile)) : undefined);
  return {
    server,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(token === undefined ? {} : { token }),
    ...(cluster?.["insecure-skip-tls-verify"] ? { insecure: true } : {}),
    ...(options.userAgent === undefined ? {} : { userAgent: options.userAgent }),
  };
}

/** The connection of a pod: its service account's token and CA, and the environment's address of the API. */
export async function inClusterConnection(
  directory = "/var/run/secrets/kubernetes.io/serviceaccount",
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Connection> {
  const host = environment["KUBERNETES_SERVICE_HOST"];
  const port = environment["KUBERNETES_SERVICE_PORT"];
  if (!host || !port) {
    throw new Error("not in a cluster: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined");
  }
  const server = `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
  return {
    server,
    ca: await readFile(join(directory, "ca.crt"), "utf8"),
    token: tokenFromFile(join(directory, "token")),
  };
}

/** Reads the current token of a file that something else rotates. */
export function tokenFromFile(path: string, clock: Clock = systemClock): () => Promise<string> {
  let token = "";
  let readAt = Number.NEGATIVE_INFINITY;
  return async () => {
    if (clock.now() - readAt < tokenAgeMsMax) return token;
    token = (await readFile(path, "utf8")).trim();
    readAt = clock.now();
    return token;
  };
}

const find = <T extends { name: string }>(list: readonly T[] | undefined, name: string | undefined): T | undefined =>
  list?.find((entry) => entry.name === name);

const resolveIn = (directory: string, file: string): string => (isAbsolute(file) ? file : join(directory, file));

async function readInline(directory: string, file?: string, data?: string): Promise<string | undefined> {
  if (data) return Buffer.from(data, "base64").toString("utf8");
  return file ? readFile(resolveIn(directory, file), "utf8") : undefined;
}
