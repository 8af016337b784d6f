/**
 * How FlowSchemas and PriorityLevelConfigurations that the server has made are kept: mandatory ones as they must be, suggested
 * ones unless an administrator has taken them over (the page "API Priority and Fairness" of the documentation). Pure.
 */
import { cloneJson, sameJson } from "#pkg/apimachinery/json.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";

const annotation = "apf.kubernetes.io/autoupdate-spec";

/** In both resources. */
const mandatory = new Set(["exempt", "catch-all"]);

const truths: ReadonlySet<string> = new Set(["1", "t", "T", "true", "TRUE", "True"]);
const untruths: ReadonlySet<string> = new Set(["0", "f", "F", "false", "FALSE", "False"]);

type WithSpec = KubeObject & { spec?: Readonly<Record<string, unknown>> };

/** What its annotation says of whether the server looks after the spec; undefined: nothing that means anything. */
export function autoUpdates({ metadata }: Readonly<KubeObject>): boolean | undefined {
  const annotations = metadata.annotations ?? {};
  const value = Object.hasOwn(annotations, annotation) ? (annotations[annotation] as string) : "";
  if (truths.has(value)) return true;
  return untruths.has(value) ? false : undefined;
}

/** Undefined: the object is as it should be. */
export function reviseFlowObject(current: Readonly<KubeObject>, wanted: Readonly<KubeObject>): KubeObject | undefined {
  const said = autoUpdates(current);
  // Without a word about it: nobody has changed what was made.
  const isOurs = mandatory.has(wanted.metadata.name ?? "") || (said ?? current.metadata.generation === 1);
  const hasSpec = !isOurs || isSpecKept(current as WithSpec, wanted as WithSpec);
  if (said === isOurs && hasSpec) return undefined;
  const next = cloneJson(current) as WithSpec;
  if (!hasSpec) next.spec = cloneJson((wanted as WithSpec).spec) as NonNullable<WithSpec["spec"]>;
  next.metadata.annotations = { ...next.metadata.annotations, [annotation]: String(isOurs) };
  return next;
}

/** How much the level without limits lends is the administrator's to say. */
function isSpecKept({ spec: current }: WithSpec, { spec: wanted }: WithSpec): boolean {
  if (wanted?.["exempt"] === undefined) return sameJson(current, wanted);
  return current?.["exempt"] !== undefined && sameJson({ ...current, exempt: 0 }, { ...wanted, exempt: 0 });
}
