/** The rules of API services: https://kubernetes.io/docs/concepts/extend-kubernetes/api-extension/apiserver-aggregation/ */
import type { APIService, APIServiceSpec } from "#api/types/apiregistration.k8s.io/v1";
import type { ObjectMeta } from "#api/types/meta/v1";
import { type FieldError, invalid, notSupported, required } from "#pkg/apimachinery/validation/field-error.ts";
import { each, type Findings, say } from "../../shared/findings.ts";
import { portNumberErrors } from "../../shared/name-forms.ts";
import { label1035Errors, pathSegmentErrors, subdomainErrors } from "../../shared/names.ts";

const groupPriorityMax = 20_000;
const versionPriorityMax = 1_000;

export function validateApiService({ metadata, spec = {} as APIServiceSpec }: Readonly<APIService>): FieldError[] {
  const { group = "", version = "" } = spec;
  return [
    ...nameOf(metadata, `${version}.${group}`),
    ...groupAndVersion(group, version),
    ...priority("spec.groupPriorityMinimum", spec.groupPriorityMinimum, groupPriorityMax),
    ...priority("spec.versionPriority", spec.versionPriority, versionPriorityMax),
    ...(spec.service ? served(spec) : local(spec)),
  ];
}

/** The name says which group and version it is. */
function* nameOf({ name, generateName }: ObjectMeta, wanted: string): Findings {
  for (const [member, text] of Object.entries({ generateName, name })) {
    if (!text || text === wanted || pathSegmentErrors(text).length > 0) continue;
    yield invalid(`metadata.${member}`, text, `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(wanted)}`);
  }
}

function* groupAndVersion(group: string, version: string): Findings {
  if (group !== "") yield* say("spec.group", group, subdomainErrors(group));
  else if (version !== "v1") {
    yield required("spec.group", "only v1 may have an empty group and it better be legacy kube");
  }
  yield* say("spec.version", version, label1035Errors(version));
}

function* priority(path: string, value = 0, max: number): Findings {
  if (value <= 0 || value > max) yield invalid(path, value, `must be positive and less than ${max}`);
}

const bundleBytes = ({ caBundle }: APIServiceSpec): number => Buffer.from(caBundle ?? "", "base64").length;

function* local(spec: APIServiceSpec): Findings {
  const bytes = bundleBytes(spec);
  if (bytes > 0) yield invalid("spec.caBundle", `${bytes} bytes`, "local APIServices may not have a caBundle");
  if (spec.insecureSkipTLSVerify) {
    yield invalid("spec.insecureSkipTLSVerify", true, "local APIServices may not have insecureSkipTLSVerify");
  }
}

function* served(spec: APIServiceSpec): Findings {
  const { namespace, name, port = 0 } = spec.service ?? {};
  if (!namespace) yield required("spec.service.namespace");
  if (!name) yield required("spec.service.name");
  const wrong = portNumberErrors(port);
  if (wrong.length > 0) yield invalid("spec.service.port", port, `port is not valid: ${wrong.join(", ")}`);
  if (spec.insecureSkipTLSVerify && bundleBytes(spec) > 0) {
    yield invalid("spec.insecureSkipTLSVerify", true, "may not be true if caBundle is present");
  }
}

export const validateApiServiceStatus = ({ status }: Readonly<APIService>): FieldError[] => [
  ...each("status.conditions", status?.conditions, function* (path, { status: state }) {
    const states = ["True", "False", "Unknown"];
    if (!states.includes(state ?? "")) yield notSupported(`${path}.status`, state ?? "", states);
  }),
];
