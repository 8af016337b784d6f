import type { Event } from "#api/types/core/v1";
import { pathSegmentErrors, subdomainErrors } from "../../shared/names.ts";
import type { Strategy } from "../../strategy.ts";
import { eventBasics, validateNewerEvent, validateNewerEventUpdate } from "./validate.ts";

/** Events live for an hour. */
export const events: Strategy<Event> = {
  ttlSeconds: 3600,
  validate: (event) => [...eventBasics(event, "reportingComponent")],
  allowCreateOnUpdate: true,
  validateName: pathSegmentErrors,
  fields: {
    "involvedObject.kind": ({ involvedObject }) => involvedObject.kind ?? "",
    "involvedObject.namespace": ({ involvedObject }) => involvedObject.namespace ?? "",
    "involvedObject.name": ({ involvedObject }) => involvedObject.name ?? "",
    "involvedObject.uid": ({ involvedObject }) => involvedObject.uid ?? "",
    "involvedObject.apiVersion": ({ involvedObject }) => involvedObject.apiVersion ?? "",
    "involvedObject.resourceVersion": ({ involvedObject }) => involvedObject.resourceVersion ?? "",
    "involvedObject.fieldPath": ({ involvedObject }) => involvedObject.fieldPath ?? "",
    reason: (event) => event.reason ?? "",
    reportingComponent: (event) => event.reportingComponent || event.source?.component || "",
    source: (event) => event.source?.component || event.reportingComponent || "",
    type: (event) => event.type ?? "",
    // As group events.k8s.io calls them.
    reportingController: (event) => event.reportingComponent ?? "",
    "regarding.kind": ({ involvedObject }) => involvedObject.kind ?? "",
    "regarding.namespace": ({ involvedObject }) => involvedObject.namespace ?? "",
    "regarding.name": ({ involvedObject }) => involvedObject.name ?? "",
    "regarding.uid": ({ involvedObject }) => involvedObject.uid ?? "",
    "regarding.apiVersion": ({ involvedObject }) => involvedObject.apiVersion ?? "",
    "regarding.resourceVersion": ({ involvedObject }) => involvedObject.resourceVersion ?? "",
    "regarding.fieldPath": ({ involvedObject }) => involvedObject.fieldPath ?? "",
  },
};

/** The same events in group events.k8s.io, which is strict. */
export const newerEvents: Strategy<Event> = {
  ttlSeconds: 3600,
  allowCreateOnUpdate: true,
  fields: events.fields ?? {},
  validateName: subdomainErrors,
  validateCreate: validateNewerEvent,
  validateUpdate: validateNewerEventUpdate,
};
