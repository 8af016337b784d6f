/** The rules of Events, as both groups have them. https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/ */
import type { Event } from "#api/types/core/v1";
import { labelKeyErrors } from "#pkg/apimachinery/labels/index.ts";
import { type FieldError, invalid, required } from "#pkg/apimachinery/validation/field-error.ts";
import { type Findings, say } from "../../shared/findings.ts";
import { immutable } from "../../shared/immutable.ts";
import { internalForm } from "../../shared/internal-form/index.ts";
import { subdomainErrors } from "../../shared/names.ts";
import { sameMeaning } from "../../shared/semantic.ts";

const shortMax = 128;
const messageMax = 1024;

/** `controllerField`: what the group calls the reporting controller. */
export function* eventBasics(event: Readonly<Event>, controllerField: string): Findings {
  const namespace = event.metadata.namespace ?? "";
  const about = event.involvedObject?.namespace ?? "";
  // Events with a time of their own are the newer kind, and tell more.
  const isNew = !!event.eventTime;
  const fits = about === "" ? mayBeAboutCluster(namespace, isNew) : isNew || about === namespace;
  if (!fits) yield invalid("involvedObject.namespace", about, "does not match event.namespace");
  if (isNew) yield* newEvent(event, controllerField);
  yield* say("namespace", namespace, subdomainErrors(namespace));
}

const mayBeAboutCluster = (namespace: string, isNew: boolean): boolean =>
  namespace === "default" || (isNew ? namespace === "kube-system" : namespace === "");

function* newEvent(event: Readonly<Event>, controllerField: string): Findings {
  const controller = event.reportingComponent ?? "";
  if (controller === "") yield required(controllerField);
  yield* say(controllerField, controller, labelKeyErrors(controller));
  for (const field of ["reportingInstance", "action", "reason"] as const) {
    const value = event[field] ?? "";
    if (value === "") yield required(field);
    yield* atMost(field, value, shortMax);
  }
  yield* atMost("message", event.message ?? "", messageMax);
}

function* atMost(field: string, value: string, bytes: number): Findings {
  // Long values are not shown.
  if (Buffer.byteLength(value) > bytes) yield invalid(field, "", `can have at most ${bytes} characters`);
}

/** Group events.k8s.io has no use for what its fields replaced. */
export function validateNewerEvent(event: Readonly<Event>): FieldError[] {
  const errors = [...eventBasics(event, "reportingController"), ...series(event)];
  const { eventTime, type = "", source } = event;
  if (!eventTime) errors.push(required("eventTime"));
  if (type !== "Normal" && type !== "Warning") errors.push(invalid("type", "", `has invalid value: ${type}`));
  for (const field of ["firstTimestamp", "lastTimestamp", "count"] as const) {
    if (event[field]) errors.push(invalid(field, "", "needs to be unset"));
  }
  if (source?.component || source?.host) errors.push(invalid("source", "", "needs to be unset"));
  return errors;
}

function* series({ series: of }: Readonly<Event>): Findings {
  if (!of) return;
  if ((of.count ?? 0) < 2) yield invalid("series.count", "", "should be at least 2");
  if (!of.lastObservedTime) yield required("series.lastObservedTime");
}

/** Only how often it happened may change. */
export const validateNewerEventUpdate = (next: Readonly<Event>, old: Readonly<Event>): FieldError[] => [
  ...eventBasics(next, "reportingController"),
  ...(sameMeaning(next.series, old.series) ? [] : series(next)),
  ...reference("involvedObject", next, old),
  ...text("reason", next, old),
  ...text("message", next, old),
  ...immutable("source", next.source ?? {}, old.source ?? {}, printedSource(next)),
  ...immutable("firstTimestamp", next.firstTimestamp, old.firstTimestamp),
  ...immutable("lastTimestamp", next.lastTimestamp, old.lastTimestamp),
  ...immutable("count", next.count ?? 0, old.count ?? 0),
  ...text("reason", next, old),
  ...text("type", next, old),
  ...immutable("eventTime", next.eventTime, old.eventTime),
  ...text("action", next, old),
  ...reference("related", next, old),
  ...immutable("reportingController", next.reportingComponent ?? "", old.reportingComponent ?? ""),
  ...text("reportingInstance", next, old),
];

type Texts = "reason" | "message" | "type" | "action" | "reportingInstance";

const text = (field: Texts, next: Readonly<Event>, old: Readonly<Event>): Findings =>
  immutable(field, next[field] ?? "", old[field] ?? "");

const reference = (field: "involvedObject" | "related", next: Readonly<Event>, old: Readonly<Event>): Findings =>
  immutable(field, next[field], old[field], internalForm(next[field], "ObjectReference"));

const printedSource = ({ source }: Readonly<Event>): object => ({
  Component: source?.component ?? "",
  Host: source?.host ?? "",
});
