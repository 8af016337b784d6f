/** Rules on environment variables and where their values come from. */
import type {
  EnvFromSource,
  EnvVar,
  FileKeySelector,
  ObjectFieldSelector,
  ResourceFieldSelector,
} from "#api/types/core/v1";
import { parseQuantity } from "#pkg/apimachinery/quantity/index.ts";
import { invalid, notSupported, required } from "#pkg/apimachinery/validation/field-error.ts";
import { each, type Findings, filled, say } from "../findings.ts";
import { labelKey } from "../label-selector.ts";
import { configKeyErrors, dnsLabel, envNameErrors } from "../name-forms.ts";
import { subdomainErrors } from "../names.ts";
import { pathWithoutClimbing } from "../paths.ts";

export function* envVars(path: string, vars: readonly EnvVar[] | undefined): Findings {
  yield* each(path, vars, function* (here, one) {
    yield* filled(`${here}.name`, one?.name);
    if (one?.name) yield* say(`${here}.name`, one.name, envNameErrors(one.name));
    yield* valueFrom(`${here}.valueFrom`, one ?? { name: "" });
  });
}

function* valueFrom(path: string, { value, valueFrom: from }: EnvVar): Findings {
  if (!from) return;
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = from;
  if (fieldRef) yield* fieldSelector(`${path}.fieldRef`, fieldRef, fieldsOfEnv);
  if (resourceFieldRef) yield* resourceSelector(`${path}.resourceFieldRef`, resourceFieldRef, { container: false });
  if (configMapKeyRef) yield* keySelector(`${path}.configMapKeyRef`, configMapKeyRef);
  if (secretKeyRef) yield* keySelector(`${path}.secretKeyRef`, secretKeyRef);
  if (fileKeyRef) yield* fileSelector(`${path}.fileKeyRef`, fileKeyRef);
  const sources = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef].filter(Boolean).length;
  if (sources === 0) {
    const text =
      "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
    yield invalid(path, "", text);
  } else if (value) yield invalid(path, "", "may not be specified when `value` is not empty");
  else if (sources > 1) yield invalid(path, "", "may not have more than one field specified at a time");
}

const fieldsOfEnv = new Set([
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
]);

/** What files of a volume may show of their pod. */
export const fieldsOfVolumes: ReadonlySet<string> = new Set([
  "metadata.name",
  "metadata.namespace",
  "metadata.labels",
  "metadata.annotations",
  "metadata.uid",
]);

/** Fields of pods that have a name in the API at all. */
const knownFields = new Set([
  ...fieldsOfEnv,
  ...fieldsOfVolumes,
  "spec.host",
  "spec.restartPolicy",
  "spec.schedulerName",
  "status.phase",
]);

export function* fieldSelector(path: string, ref: ObjectFieldSelector, allowed: ReadonlySet<string>): Findings {
  const { apiVersion, fieldPath } = ref;
  if (!apiVersion) {
    yield required(`${path}.apiVersion`);
    return;
  }
  if (!fieldPath) {
    yield required(`${path}.fieldPath`);
    return;
  }
  const refuse = (why: string) => invalid(`${path}.fieldPath`, fieldPath, `error converting fieldPath: ${why}`);
  if (apiVersion !== "v1") yield refuse(`unsupported pod version: ${apiVersion}`);
  else {
    const subscript = /^([^[]*)\['(.*)'\]$/s.exec(fieldPath);
    if (subscript) yield* subscripted(path, subscript[1] ?? "", subscript[2] ?? "", refuse);
    else if (!knownFields.has(fieldPath)) yield refuse(`field label not supported: ${fieldPath}`);
    else {
      const real = fieldPath === "spec.host" ? "spec.nodeName" : fieldPath;
      if (!allowed.has(real)) yield notSupported(`${path}.fieldPath`, real, [...allowed].sort());
    }
  }
}

function* subscripted(
  path: string,
  field: string,
  key: string,
  refuse: (why: string) => ReturnType<typeof invalid>,
): Findings {
  if (field === "metadata.annotations") yield* labelKey(path, key.toLowerCase());
  else if (field === "metadata.labels") yield* labelKey(path, key);
  else yield refuse(`field label does not support subscript: ${field}['${key}']`);
}

const amounts = ["cpu", "memory", "ephemeral-storage"];
const resourceFields = ["limits", "requests"].flatMap((of) => amounts.map((name) => `${of}.${name}`)).sort();
const byteDivisors = ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];

/** `container`: whether it must say which container it means (volumes). */
export function* resourceSelector(path: string, ref: ResourceFieldSelector, need: { container: boolean }): Findings {
  const { containerName, resource, divisor } = ref;
  if (need.container && !containerName) yield required(`${path}.containerName`);
  else if (!resource) yield required(`${path}.resource`);
  else if (!resourceFields.includes(resource) && !/^(limits|requests)\.hugepages-/.test(resource)) {
    yield notSupported(`${path}.resource`, resource, resourceFields);
  }
  const unit = divisor === undefined ? undefined : parseQuantity(divisor);
  if (!unit || unit.isZero) return;
  const kind = divisorKindOf(resource ?? "");
  if (!kind) return;
  const values = kind === "cpu" ? ["1m", "1"] : byteDivisors;
  if (values.includes(unit.toString())) return;
  const listed = kind === "cpu" ? "1m and 1" : byteDivisors.join(", ");
  yield invalid(`${path}.divisor`, resource, `only divisor's values ${listed} are supported with the ${kind} resource`);
}

function divisorKindOf(resource: string): string | undefined {
  const [, name = ""] = /^(?:limits|requests)\.(.*)$/.exec(resource) ?? [];
  if (name.startsWith("hugepages-")) return "hugepages";
  if (name === "ephemeral-storage") return "local ephemeral storage";
  return name === "cpu" || name === "memory" ? name : undefined;
}

function* keySelector(path: string, { name, key }: { name?: string; key?: string }): Findings {
  yield* say(`${path}.name`, name ?? "", subdomainErrors(name ?? ""));
  if (!key) yield required(`${path}.key`);
  else yield* say(`${path}.key`, key, configKeyErrors(key));
}

function* fileSelector(path: string, { key, volumeName, path: file }: FileKeySelector): Findings {
  if (!key) yield required(`${path}.key`);
  else yield* say(`${path}.key`, key, envNameErrors(key));
  if (!volumeName) yield required(`${path}.volumeName`);
  else yield* dnsLabel(`${path}.volumeName`, volumeName);
  if (!file) yield required(`${path}.path`);
  else yield* pathWithoutClimbing(`${path}.path`, file);
}

export function* envFrom(path: string, sources: readonly EnvFromSource[] | undefined): Findings {
  yield* each(path, sources, function* (here, source) {
    const { prefix, configMapRef, secretRef } = source ?? {};
    if (prefix) yield* say(`${here}.prefix`, prefix, envNameErrors(prefix));
    if (configMapRef) yield* sourceName(`${here}.configMapRef.name`, configMapRef.name);
    if (secretRef) yield* sourceName(`${here}.secretRef.name`, secretRef.name);
    if (!configMapRef && !secretRef) yield invalid(path, "", "must specify one of: `configMapRef` or `secretRef`");
    else if (configMapRef && secretRef) yield invalid(path, "", "may not have more than one field specified at a time");
  });
}

function* sourceName(path: string, name: string | undefined): Findings {
  if (!name) yield required(path);
  else yield* say(path, name, subdomainErrors(name, true));
}
