/** The rules of Ingresses: https://kubernetes.io/docs/concepts/services-networking/ingress/ */
import type {
  HTTPIngressPath,
  Ingress,
  IngressBackend,
  IngressRule,
  IngressServiceBackend,
  IngressSpec,
  IngressTLS,
} from "#api/types/networking.k8s.io/v1";
import { asSent } from "#pkg/apimachinery/emptied.ts";
import { parseAddress } from "#pkg/apimachinery/net/address.ts";
import { type FieldError, invalid, notSupported, required } from "#pkg/apimachinery/validation/field-error.ts";
import { each, type Findings, say } from "../../shared/findings.ts";
import { dnsSubdomain, portNameErrors, portNumberErrors } from "../../shared/name-forms.ts";
import { label1035Errors, labelErrors, subdomainErrors } from "../../shared/names.ts";
import { typedReference } from "../typed-reference.ts";

export const classAnnotation = "kubernetes.io/ingress.class";

/** What was stored when the rules were looser may stay as it is. */
interface Leniency {
  readonly anySecretName: boolean;
  readonly anyWildcardRule: boolean;
  /** Names of Services may begin with a digit. */
  readonly anyLabelService: boolean;
}

const strict: Leniency = { anySecretName: false, anyWildcardRule: false, anyLabelService: false };

export function validateNewIngress({ metadata, spec }: Readonly<Ingress>): FieldError[] {
  const errors = [...ingressSpec("spec", spec ?? {}, strict)];
  const annotations = metadata.annotations ?? {};
  const { ingressClassName } = spec ?? {};
  if (!Object.hasOwn(annotations, classAnnotation) || ingressClassName === undefined) return errors;
  const named = annotations[classAnnotation];
  if (named !== ingressClassName) {
    const text = "must match `ingressClassName` when both are specified";
    errors.push(invalid(`annotations.${classAnnotation}`, named, text));
  }
  return errors;
}

export const validateIngressUpdate = ({ spec }: Readonly<Ingress>, old: Readonly<Ingress>): FieldError[] => [
  ...ingressSpec("spec", spec ?? {}, leniencyFor(old.spec ?? {})),
];

function leniencyFor(old: IngressSpec): Leniency {
  const rules = old.rules ?? [];
  const backends = [old.defaultBackend, ...rules.flatMap(({ http }) => http?.paths ?? []).map((path) => path.backend)];
  const names = backends.flatMap((backend) => (backend?.service ? [backend.service.name ?? ""] : []));
  return {
    anySecretName: (old.tls ?? []).some(({ secretName }) => secretName && subdomainErrors(secretName).length > 0),
    anyWildcardRule: rules.some((rule) => rule.host?.includes("*") && [...ruleValue("", rule, strict)].length > 0),
    anyLabelService: names.some((name) => labelErrors(name).length === 0 && label1035Errors(name).length > 0),
  };
}

function* ingressSpec(path: string, spec: IngressSpec, leniency: Leniency): Findings {
  const { rules = [], defaultBackend, tls, ingressClassName } = spec;
  if (rules.length === 0 && !defaultBackend) {
    yield invalid(path, asSent(spec, "rules"), "either `defaultBackend` or `rules` must be specified");
  }
  if (defaultBackend) yield* ingressBackend(`${path}.defaultBackend`, defaultBackend, leniency);
  yield* each(`${path}.rules`, rules, (here, rule) => ingressRule(here, rule, leniency));
  yield* each(`${path}.tls`, tls, (here, one) => ingressTls(here, one, leniency));
  if (ingressClassName !== undefined) yield* dnsSubdomain(`${path}.ingressClassName`, ingressClassName);
}

function* ingressTls(path: string, { hosts, secretName }: IngressTLS, { anySecretName }: Leniency): Findings {
  yield* each(`${path}.hosts`, hosts, hostName);
  if (secretName && !anySecretName) yield* dnsSubdomain(`${path}.secretName`, secretName);
}

function* ingressRule(path: string, rule: IngressRule, leniency: Leniency): Findings {
  const { host } = rule;
  if (host) {
    if (parseAddress(host)) yield invalid(`${path}.host`, host, "must be a DNS name, not an IP address");
    yield* hostName(`${path}.host`, host);
  }
  if (!host?.includes("*") || !leniency.anyWildcardRule) yield* ruleValue(path, rule, leniency);
}

const hostName = (path: string, host: string): Findings =>
  say(path, host ?? "", host?.includes("*") ? wildcardErrors(host) : subdomainErrors(host ?? ""));

/** RFC 1034, 4.3.3: the star is a whole label, and the first one. */
function wildcardErrors(host: string): string[] {
  const errors = host.length > 253 ? ["must be no more than 253 characters"] : [];
  if (!/^\*\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(host)) {
    errors.push(
      "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    );
  }
  return errors;
}

function* ruleValue(path: string, { http }: IngressRule, leniency: Leniency): Findings {
  if (!http) return;
  const paths = http.paths ?? [];
  if (paths.length === 0) yield required(`${path}.http.paths`);
  yield* each(`${path}.http.paths`, paths, (here, one) => httpPath(here, one ?? {}, leniency));
}

const pathTypes = ["Exact", "ImplementationSpecific", "Prefix"];
const badSequences = ["//", "/./", "/../", "%2f", "%2F"];
const badEndings = ["/..", "/."];

function* httpPath(path: string, of: HTTPIngressPath, leniency: Leniency): Findings {
  const { pathType, path: text = "", backend } = of;
  // Written even where it is absent.
  if ((pathType ?? undefined) === undefined) {
    yield required(`${path}.pathType`, "pathType must be specified");
    return;
  }
  const here = `${path}.path`;
  const isAbsolute = text.startsWith("/");
  if (!pathTypes.includes(pathType)) yield notSupported(`${path}.pathType`, pathType, pathTypes);
  else if (pathType === "ImplementationSpecific") {
    if (text !== "" && !isAbsolute) yield invalid(here, text, "must be an absolute path");
  } else {
    if (!isAbsolute) yield invalid(here, text, "must be an absolute path");
    for (const bad of badSequences) if (text.includes(bad)) yield invalid(here, text, `must not contain '${bad}'`);
    for (const bad of badEndings) if (text.endsWith(bad)) yield invalid(here, text, `cannot end with '${bad}'`);
  }
  yield* ingressBackend(`${path}.backend`, backend ?? {}, leniency);
}

function* ingressBackend(path: string, { service, resource }: IngressBackend, leniency: Leniency): Findings {
  if (service && resource) yield invalid(path, "", "cannot set both resource and service backends");
  else if (resource) yield* typedReference(`${path}.resource`, resource);
  else if (service) yield* serviceBackend(path, service, leniency);
  else yield invalid(path, "", "resource or service backend is required");
}

function* serviceBackend(path: string, { name, port }: IngressServiceBackend, leniency: Leniency): Findings {
  const here = `${path}.service`;
  if (!name) yield required(`${here}.name`);
  else yield* say(`${here}.name`, name, leniency.anyLabelService ? labelErrors(name) : label1035Errors(name));
  const { name: portName, number } = port ?? {};
  if (portName && number) yield invalid(path, "", "cannot set both port name & port number");
  else if (portName) yield* say(`${here}.port.name`, portName, portNameErrors(portName));
  else if (number) yield* say(`${here}.port.number`, number, portNumberErrors(number));
  else yield required(path, "port name or number is required");
}

/** Of what a controller reports. */
export function validateIngressStatus({ status }: Readonly<Ingress>, old: Readonly<Ingress>): FieldError[] {
  const known = new Set((old.status?.loadBalancer?.ingress ?? []).map(({ ip }) => ip));
  return [
    ...each("status.loadBalancer.ingress", status?.loadBalancer?.ingress, function* (path, { ip, hostname }) {
      if (ip && !known.has(ip) && !parseAddress(ip)) {
        yield invalid(`${path}.ip`, ip, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
      }
      if (!hostname) return;
      yield* dnsSubdomain(`${path}.hostname`, hostname);
      if (parseAddress(hostname)) {
        yield invalid(`${path}.hostname`, hostname, "must be a DNS name, not an IP address");
      }
    }),
  ];
}
