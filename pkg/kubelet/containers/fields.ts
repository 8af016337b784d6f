/** The downward API: fields of the pod and resources of a container, as text. */
import type { Container, Pod, ResourceFieldSelector } from "#api/types/core/v1";
import { parseQuantity } from "#pkg/apimachinery/quantity/index.ts";
import { type AnyContainer, containersOf } from "../pods/pod.ts";

export interface NodeFacts {
  readonly hostIPs: readonly string[];
  readonly podIPs: readonly string[];
  /** Allocatable of the node: what a limit means that is not set. Quantities by resource name. */
  readonly allocatable: Readonly<Record<string, string>>;
}

const bracketed = /^(metadata\.(?:labels|annotations))\['(.*)'\]$/;

/** Throws Error, in upstream's words, for a path that does not exist. */
export function fieldValue(pod: Pod, path: string, facts: NodeFacts): string {
  const { metadata, spec } = pod;
  const keyed = bracketed.exec(path);
  if (keyed) {
    const map = keyed[1] === "metadata.labels" ? metadata.labels : metadata.annotations;
    const key = keyed[2] ?? "";
    return map && Object.hasOwn(map, key) ? (map[key] ?? "") : "";
  }
  switch (path) {
    case "metadata.name":
      return metadata.name ?? "";
    case "metadata.namespace":
      return metadata.namespace ?? "";
    case "metadata.uid":
      return metadata.uid ?? "";
    case "metadata.labels":
      return formatMap(metadata.labels);
    case "metadata.annotations":
      return formatMap(metadata.annotations);
    case "spec.nodeName":
      return spec.nodeName ?? "";
    case "spec.serviceAccountName":
      return spec.serviceAccountName ?? "";
    case "spec.schedulerName":
      return spec.schedulerName ?? "";
    case "spec.restartPolicy":
      return spec.restartPolicy ?? "Always";
    case "status.hostIP":
      return facts.hostIPs[0] ?? "";
    case "status.hostIPs":
      return facts.hostIPs.join(",");
    case "status.podIP":
      return facts.podIPs[0] ?? "";
    case "status.podIPs":
      return facts.podIPs.join(",");
    default:
      throw new Error(`unsupported fieldPath: ${path}`);
  }
}

/** One `key="value"` a line, sorted, quoted as Go quotes. */
export function formatMap(map: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(map ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${quote(value)}`)
    .join("\n");
}

/** JSON escapes as Go's %q does for everything but a few control characters. */
function quote(text: string): string {
  return JSON.stringify(text)
    .replace(/\\u00([0-9a-f]{2})/g, "\\x$1")
    .replaceAll("\\b", "\\b")
    .replaceAll("\\x07", "\\a");
}

/** A container's request or limit, divided and rounded up. Throws Error for an unknown container or resource. */
export function resourceValue(
  pod: Pod,
  selector: ResourceFieldSelector,
  options: { readonly container?: AnyContainer; readonly facts: NodeFacts },
): string {
  const name = selector.containerName;
  const container = name ? containersOf(pod).find(({ container: c }) => c.name === name)?.container : options.container;
  if (!container) throw new Error(`container ${name ?? ""} not found`);
  const [kind = "", ...rest] = selector.resource.split(".");
  const resource = rest.join(".");
  const resources = (container as Container).resources;
  const { facts } = options;
  const limit = resources?.limits?.[resource] ?? facts.allocatable[resource];
  if (kind === "limits" && limit !== undefined) return divided(limit, selector.divisor, resource);
  if (kind === "limits" && isKnown(resource)) return divided("0", selector.divisor, resource);
  if (kind === "requests" && isKnown(resource)) {
    return divided(resources?.requests?.[resource] ?? resources?.limits?.[resource] ?? "0", selector.divisor, resource);
  }
  throw new Error(`Unsupported container resource : ${selector.resource}`);
}

const isKnown = (resource: string): boolean =>
  resource === "cpu" || resource === "memory" || resource === "ephemeral-storage" || resource.startsWith("hugepages-");

function divided(value: string, divisor: string | undefined, resource: string): string {
  const by = divisor === undefined || parseQuantity(divisor).isZero ? parseQuantity("1") : parseQuantity(divisor);
  const quantity = parseQuantity(value);
  const [amount, unit] = resource === "cpu" ? [quantity.milliValue(), by.milliValue()] : [quantity.value(), by.value()];
  if (unit === 0n) return "0";
  return String((amount + unit - 1n) / unit);
}
