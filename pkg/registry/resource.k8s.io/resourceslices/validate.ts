/** The rules of what a driver offers: https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/ */

import type {
  Device,
  DeviceAttribute,
  ResourcePool,
  ResourceSlice,
  ResourceSliceSpec,
} from "#api/types/resource.k8s.io/v1";
import { numericValue } from "#pkg/apimachinery/codec/index.ts";
import { type FieldError, invalid, required, tooLong } from "#pkg/apimachinery/validation/field-error.ts";
import { nodeSelector } from "../../shared/affinity.ts";
import { entriesOf, type Findings, say } from "../../shared/findings.ts";
import { immutable } from "../../shared/immutable.ts";
import { internalForm } from "../../shared/internal-form/index.ts";
import { labelErrors, subdomainErrors } from "../../shared/names.ts";
import { boundedList } from "../devices/bounded.ts";
import { driverName, poolName, qualifiedName, qualifiedNameMax, shownKey } from "../devices/names.ts";

type Spec = Partial<ResourceSliceSpec>;

const devicesMax = 128;
const attributesAndCapacitiesMax = 32;
const attributeValueMax = 64;

export const validateNewSlice = ({ spec }: Readonly<ResourceSlice>): FieldError[] => [
  ...sliceSpec("spec", spec ?? {}, undefined),
];

export const validateSliceUpdate = (next: Readonly<ResourceSlice>, old: Readonly<ResourceSlice>): FieldError[] => [
  ...sliceSpec("spec", next.spec ?? {}, old.spec ?? {}),
];

function* sliceSpec(path: string, spec: Spec, old: Spec | undefined): Findings {
  yield* driverName(`${path}.driver`, spec.driver);
  yield* pool(`${path}.pool`, spec.pool ?? {});
  if (old) {
    const name = spec.pool?.name;
    yield* immutable(`${path}.pool.name`, name ?? "", old.pool?.name ?? "");
    yield* immutable(`${path}.driver`, spec.driver ?? "", old.driver ?? "");
    yield* immutable(`${path}.nodeName`, spec.nodeName, old.nodeName);
  }
  yield* whereItIs(path, spec);
  yield* boundedList(`${path}.devices`, spec.devices, {
    max: devicesMax,
    rule: device,
    key: ({ name }) => name ?? "",
  });
}

function* pool(path: string, { name, resourceSliceCount = 0, generation = 0 }: Partial<ResourcePool>): Findings {
  yield* poolName(`${path}.name`, name);
  if (numericValue(resourceSliceCount) <= 0) {
    yield invalid(`${path}.resourceSliceCount`, resourceSliceCount, "must be greater than zero");
  }
  if (numericValue(generation) < 0)
    yield invalid(`${path}.generation`, generation, "must be greater than or equal to zero");
}

/** On which nodes the devices can be used is said in exactly one way. */
function* whereItIs(path: string, { nodeName, nodeSelector: selector, allNodes }: Spec): Findings {
  const set: string[] = [];
  if (nodeName === "") {
    yield invalid(`${path}.nodeName`, nodeName, "must be either unset or set to a non-empty string");
  } else if (nodeName !== undefined) {
    set.push("`nodeName`");
    yield* say(`${path}.nodeName`, nodeName, subdomainErrors(nodeName));
  }
  if (selector) {
    set.push("`nodeSelector`");
    yield* nodeSelector(`${path}.nodeSelector`, selector);
    const terms = selector.nodeSelectorTerms ?? [];
    if (terms.length !== 1) {
      const shown = internalForm(selector, "NodeSelector") as { readonly NodeSelectorTerms: unknown };
      const at = `${path}.nodeSelector.nodeSelectorTerms`;
      yield invalid(at, shown.NodeSelectorTerms, "must have exactly one node selector term");
    }
  }
  if (allNodes === false) yield invalid(`${path}.allNodes`, allNodes, "must be either unset or set to true");
  else if (allNodes) set.push("`allNodes`");
  const one = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required";
  if (set.length === 0) yield required(path, one);
  else if (set.length > 1) yield invalid(path, `{${set.join(", ")}}`, `${one}, but multiple fields are set`);
}

function* device(path: string, { name = "", attributes, capacity }: Device): Findings {
  yield* say(`${path}.name`, name, labelErrors(name));
  const count = Object.keys(attributes ?? {}).length + Object.keys(capacity ?? {}).length;
  if (count > attributesAndCapacitiesMax) {
    const text = `the total number of attributes and capacities must not exceed ${attributesAndCapacitiesMax}`;
    yield invalid(path, count, text);
  }
  for (const [key, attribute] of entriesOf(attributes)) {
    const at = `${path}.attributes[${shownKey(key, qualifiedNameMax)}]`;
    yield* qualifiedName(at, key);
    yield* deviceAttribute(at, attribute ?? {});
  }
  for (const [key] of entriesOf(capacity)) {
    yield* qualifiedName(`${path}.capacity[${shownKey(key, qualifiedNameMax)}]`, key);
  }
}

const number = "(0|[1-9]\\d*)";
const prerelease = "(0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)";
const build = "[0-9a-zA-Z-]+";
const semver = new RegExp(
  `^${number}\\.${number}\\.${number}(-${prerelease}(\\.${prerelease})*)?(\\+${build}(\\.${build})*)?$`,
);

function* deviceAttribute(path: string, attribute: DeviceAttribute): Findings {
  const { string, version } = attribute;
  if (string !== undefined && Buffer.byteLength(string) > attributeValueMax) {
    yield tooLong(`${path}.string`, attributeValueMax);
  }
  if (version !== undefined) {
    // Longer ones are refused anyway, and not matched for as long as they are.
    const isLong = Buffer.byteLength(version) > attributeValueMax;
    if (!semver.test(version.slice(0, 2 * attributeValueMax))) {
      yield invalid(`${path}.version`, version, "must be a string compatible with semver.org spec 2.0.0");
    }
    if (isLong) yield tooLong(`${path}.version`, attributeValueMax);
  }
  const set = (["int", "bool", "string", "version"] as const).filter((member) => attribute[member] !== undefined);
  if (set.length === 1) return;
  const shown = set.length === 0 ? "" : internalForm(attribute, "DeviceAttribute");
  yield invalid(path, shown, "exactly one value must be specified");
}
