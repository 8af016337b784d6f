/** The rules of IngressClasses: a controller's name, and where its parameters are. */
import type { IngressClass, IngressClassParametersReference } from "#api/types/networking.k8s.io/v1";
import { type FieldError, forbidden, invalid, required, tooLong } from "#pkg/apimachinery/validation/field-error.ts";
import { type Findings, oneOf, say } from "../../shared/findings.ts";
import { immutable } from "../../shared/immutable.ts";
import { dnsLabel } from "../../shared/name-forms.ts";
import { subdomainErrors } from "../../shared/names.ts";
import { typedReference } from "../typed-reference.ts";

const controllerLengthMax = 250;

export const validateNewIngressClass = (ingressClass: Readonly<IngressClass>): FieldError[] => [...rules(ingressClass)];

/** What changed comes first. */
export const validateIngressClassUpdate = (next: Readonly<IngressClass>, old: Readonly<IngressClass>): FieldError[] => [
  ...immutable("spec.controller", next.spec?.controller ?? "", old.spec?.controller ?? ""),
  ...rules(next),
];

function* rules({ spec }: Readonly<IngressClass>): Findings {
  const { controller = "", parameters } = spec ?? {};
  if (Buffer.byteLength(controller) > controllerLengthMax) yield tooLong("spec.controller", controllerLengthMax);
  yield* domainPrefixedPath("spec.controller", controller);
  if (parameters) yield* parametersReference("spec.parameters", parameters);
}

/** `example.com/some/path`; each part is blamed for itself. */
function* domainPrefixedPath(path: string, text: string): Findings {
  if (text === "") {
    yield required(path);
    return;
  }
  const slash = text.indexOf("/");
  const [host, rest] = [text.slice(0, Math.max(slash, 0)), text.slice(slash + 1)];
  if (slash < 1 || rest === "") {
    yield invalid(path, text, 'must be a domain-prefixed path (such as "acme.io/foo")');
    return;
  }
  yield* say(path, host, subdomainErrors(host));
  if (!/^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/.test(rest)) {
    yield invalid(path, rest, "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')");
  }
}

function* parametersReference(path: string, reference: IngressClassParametersReference): Findings {
  yield* typedReference(path, reference);
  const { scope, namespace } = reference;
  if (scope === undefined) yield required(`${path}.scope`);
  else if (scope === "Namespace") {
    const here = `${path}.namespace`;
    if (namespace === undefined) yield required(here, "`parameters.scope` is set to 'Namespace'");
    else yield* dnsLabel(here, namespace);
  } else if (scope === "Cluster") {
    if (namespace !== undefined) yield forbidden(`${path}.namespace`, "`parameters.scope` is set to 'Cluster'");
  } else yield* oneOf(`${path}.scope`, scope, ["Cluster", "Namespace"]);
}
