import type { CSINode, CSINodeDriver } from "#api/types/storage.k8s.io/v1";
import { shallowCopy } from "#pkg/apimachinery/emptied.ts";
import { labelKeyErrors } from "#pkg/apimachinery/labels/index.ts";
import { duplicate, type FieldError, invalid, required } from "#pkg/apimachinery/validation/field-error.ts";
import { atLeastZero, type Findings, filled, say } from "../../shared/findings.ts";
import { immutable } from "../../shared/immutable.ts";
import { internalForm } from "../../shared/internal-form/index.ts";
import { csiDriverName } from "../../shared/pod-spec/volume-sources.ts";
import type { Strategy } from "../../strategy.ts";

const nodeIdLengthMax = 256;

export const csinodes: Strategy<CSINode> = {
  allowUnconditionalUpdate: false,
  validate: ({ spec }) => [...drivers("spec.drivers", spec?.drivers ?? [])],
  // Upstream looks at the new object twice on update.
  validateUpdate: (next, old): FieldError[] => [
    ...drivers("spec.drivers", next.spec?.drivers ?? []),
    ...driversKept("spec.drivers", next.spec?.drivers ?? [], old.spec?.drivers ?? []),
  ],
};

function* drivers(path: string, list: readonly CSINodeDriver[]): Findings {
  const names = new Set<string>();
  for (const [at, { name = "", nodeID = "", topologyKeys, allocatable }] of (
    list as Partial<CSINodeDriver>[]
  ).entries()) {
    const here = `${path}[${at}]`;
    yield* csiDriverName(`${here}.name`, name);
    yield* filled(`${here}.nodeID`, nodeID);
    if (Buffer.byteLength(nodeID) > nodeIdLengthMax) {
      yield invalid(`${here}.nodeID`, nodeID, `must be ${nodeIdLengthMax} characters or less`);
    }
    yield* atLeastZero(`${here}.allocatable.count`, allocatable?.count);
    if (names.has(name)) yield duplicate(`${here}.name`, name);
    names.add(name);
    yield* distinctKeys(here, topologyKeys ?? []);
  }
}

/** Reported at the driver. */
function* distinctKeys(path: string, keys: readonly string[]): Findings {
  const seen = new Set<string>();
  for (const key of keys) {
    if (!key) yield required(path);
    if (seen.has(key)) yield duplicate(path, key);
    seen.add(key);
    yield* say(path, key, labelKeyErrors(key));
  }
}

/** A driver that is there may only change how many volumes it takes. */
function* driversKept(path: string, next: readonly CSINodeDriver[], old: readonly CSINodeDriver[]): Findings {
  for (const before of old.map(fixedPart)) {
    for (const after of next.filter(({ name }) => (name ?? "") === (before.name ?? "")).map(fixedPart)) {
      yield* immutable(path, after, before, internalForm(after, "CSINodeDriver"));
    }
  }
}

function fixedPart(driver: CSINodeDriver): CSINodeDriver {
  const part = shallowCopy(driver);
  delete part.allocatable;
  return part;
}
