/** What resources may be called, and how they count (`cpu`, `hugepages-2Mi`, `example.com/gpu`). */
import { labelKeyErrors } from "#pkg/apimachinery/labels/index.ts";
import { parseQuantity } from "#pkg/apimachinery/quantity/index.ts";
import { invalid, notSupported } from "#pkg/apimachinery/validation/field-error.ts";
import { type Findings, say } from "./findings.ts";

const ofContainers = new Set(["cpu", "memory", "ephemeral-storage"]);
const objectCounts = [
  "pods",
  "resourcequotas",
  "services",
  "replicationcontrollers",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
  "services.nodeports",
  "services.loadbalancers",
];
const standard = new Set([
  ...ofContainers,
  "requests.cpu",
  "requests.memory",
  "requests.ephemeral-storage",
  "limits.cpu",
  "limits.memory",
  "limits.ephemeral-storage",
  "storage",
  "requests.storage",
  ...objectCounts,
]);
const counted = new Set(objectCounts);

export const isHugePages = (name: string): boolean => name.startsWith("hugepages-");

/** Names without a prefix, or with one under kubernetes.io. */
export const isNative = (name: string): boolean => !name.includes("/") || name.includes("kubernetes.io/");

export function isExtended(name: string): boolean {
  if (isNative(name) || name.startsWith("requests.")) return false;
  return labelKeyErrors(`requests.${name}`).length === 0;
}

/** Whether a limit may be higher than the request. */
export const allowsOvercommit = (name: string): boolean => isNative(name) && !isHugePages(name);

export const countsWhole = (name: string): boolean => counted.has(name) || isExtended(name);

export function* resourceName(path: string, name: string): Findings {
  const texts = labelKeyErrors(name);
  yield* say(path, name, texts);
  if (texts.length > 0 || name.includes("/")) return;
  if (!standard.has(name) && !isHugePages(name) && !name.startsWith("requests.hugepages-")) {
    yield invalid(path, name, "must be a standard resource type or fully qualified");
  }
}

export function* containerResourceName(path: string, name: string): Findings {
  yield* resourceName(path, name);
  if (!name.includes("/")) {
    if (!ofContainers.has(name) && !isHugePages(name)) {
      yield invalid(path, name, "must be a standard resource for containers");
    }
  } else if (!isNative(name) && !isExtended(name)) {
    yield invalid(path, name, "doesn't follow extended resource name standard");
  }
}

const ofQuotas = new Set([...standard].filter((name) => name !== "storage"));

/** The names that quotas know: amounts, and counts of some resources. */
export const isQuotaResource = (name: string): boolean =>
  ofQuotas.has(name) || isHugePages(name) || name.startsWith("requests.hugepages-");

export function* quotaResourceName(path: string, name: string): Findings {
  yield* resourceName(path, name);
  if (!name.includes("/") && !isQuotaResource(name)) yield invalid(path, name, "must be a standard resource for quota");
}

export function* podResourceName(path: string, name: string): Findings {
  const findings = [...resourceName(path, name)];
  yield* findings;
  if (findings.length > 0 || name === "cpu" || name === "memory" || isHugePages(name)) return;
  yield notSupported(path, name, ["cpu", "hugepages-", "memory"]);
}

/** Not negative, and whole where the resource is counted. */
export function* resourceQuantity(path: string, name: string, text: string): Findings {
  const quantity = parseQuantity(text);
  if (quantity.sign < 0) yield invalid(path, quantity.toString(), "must be greater than or equal to 0");
  if (countsWhole(name) && quantity.milliValue() % 1000n !== 0n) yield invalid(path, text, "must be an integer");
}

/** Whether an amount of huge pages is a whole number of pages. */
export function isWholePages(name: string, text: string): boolean {
  try {
    const page = parseQuantity(name.slice("hugepages-".length));
    if (page.sign <= 0 || page.milliValue() % 1000n !== 0n) return false;
    return parseQuantity(text).value() % page.value() === 0n;
  } catch {
    return false;
  }
}
