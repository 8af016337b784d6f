/** A container's environment: sources first, then its own list, then Services; later wins, `$(NAME)` sees what came before. */
import type { ConfigMap, EnvVarSource, Pod, Secret, Service } from "#api/types/core/v1";
import type { AnyContainer } from "../pods/pod.ts";
import { isStatic, namespaceOf } from "../pods/pod.ts";
import { expandVariables } from "./expand.ts";
import { fieldValue, type NodeFacts, resourceValue } from "./fields.ts";
import { serviceEnvironment } from "./service-env.ts";

/** Where values come from. Rejects with StatusError; NotFound counts as absent for optional references. */
export interface EnvSources {
  configMap(namespace: string, name: string): Promise<Readonly<ConfigMap>>;
  secret(namespace: string, name: string): Promise<Readonly<Secret>>;
  /** Resolves once the services are known. */
  /** `waiting`: not before they were read from the API once. */
  services(waiting: boolean): Promise<Iterable<Readonly<Service>>>;
}

/** Missing objects and keys: the container waits with reason CreateContainerConfigError. */
export class ContainerConfigError extends Error {
  override readonly name = "ContainerConfigError";
}

export interface EnvOptions {
  readonly sources: EnvSources;
  readonly facts: NodeFacts;
}

/** Rejects with ContainerConfigError. */
export async function buildEnvironment(
  pod: Pod,
  container: AnyContainer,
  options: EnvOptions,
): Promise<Map<string, string>> {
  const services = serviceEnvironment(await options.sources.services(!isStatic(pod)), {
    namespace: namespaceOf(pod),
    serviceLinks: pod.spec.enableServiceLinks ?? true,
  });
  const result = new Map<string, string>();
  for (const { prefix = "", configMapRef, secretRef } of container.envFrom ?? []) {
    const data = configMapRef
      ? await mapData(options.sources, namespaceOf(pod), configMapRef.name ?? "", configMapRef.optional)
      : await secretData(options.sources, namespaceOf(pod), secretRef?.name ?? "", secretRef?.optional);
    for (const [key, value] of data ?? []) result.set(prefix + key, value);
  }
  const lookup = (name: string): string | undefined => result.get(name) ?? services.get(name);
  for (const { name, value, valueFrom } of container.env ?? []) {
    const text = valueFrom
      ? await referencedValue(pod, container, valueFrom, options)
      : expandVariables(value ?? "", lookup);
    if (text === undefined) continue;
    result.set(name, text);
  }
  for (const [name, value] of services) if (!result.has(name)) result.set(name, value);
  return result;
}

async function referencedValue(
  pod: Pod,
  container: AnyContainer,
  from: EnvVarSource,
  { sources, facts }: EnvOptions,
): Promise<string | undefined> {
  const namespace = namespaceOf(pod);
  try {
    if (from.fieldRef) return fieldValue(pod, from.fieldRef.fieldPath, facts);
    if (from.resourceFieldRef) return resourceValue(pod, from.resourceFieldRef, { container, facts });
  } catch (error) {
    throw new ContainerConfigError((error as Error).message, { cause: error });
  }
  const reference = from.configMapKeyRef ?? from.secretKeyRef;
  if (!reference) return "";
  const { name = "", key, optional } = reference;
  const data = from.configMapKeyRef
    ? await mapData(sources, namespace, name, optional)
    : await secretData(sources, namespace, name, optional);
  const value = data?.get(key);
  if (value === undefined && !optional) {
    throw new ContainerConfigError(
      `couldn't find key ${key} in ${from.configMapKeyRef ? "ConfigMap" : "Secret"} ${namespace}/${name}`,
    );
  }
  return value;
}

async function mapData(
  sources: EnvSources,
  namespace: string,
  name: string,
  optional = false,
): Promise<Map<string, string> | undefined> {
  const map = await unlessMissing(sources.configMap(namespace, name), optional);
  return map ? new Map(Object.entries(map.data ?? {}).sort(byKey)) : undefined;
}

async function secretData(
  sources: EnvSources,
  namespace: string,
  name: string,
  optional = false,
): Promise<Map<string, string> | undefined> {
  const secret = await unlessMissing(sources.secret(namespace, name), optional);
  if (!secret) return undefined;
  const entries = Object.entries(secret.data ?? {}).sort(byKey);
  return new Map(entries.map(([key, value]) => [key, Buffer.from(value, "base64").toString()]));
}

const byKey = ([a]: [string, string], [b]: [string, string]): number => (a < b ? -1 : 1);

async function unlessMissing<T>(found: Promise<T>, optional: boolean): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (optional && (error as { reason?: string }).reason === "NotFound") return undefined;
    throw new ContainerConfigError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
