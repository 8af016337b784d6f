/** Rules on name resolution inside pods. */
import type { HostAlias, PodSpec } from "#api/types/core/v1";
import { invalid, required } from "#pkg/apimachinery/validation/field-error.ts";
import { each, type Findings, requiredOneOf, say } from "../findings.ts";
import { addressErrors, dnsSubdomain, searchDomainErrors } from "../name-forms.ts";

const nameserversMax = 3;
const searchesMax = 32;
const searchCharsMax = 2048;

export const dnsPolicy = (path: string, policy: string | undefined): Findings =>
  requiredOneOf(path, policy, ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"]);

export function* dnsConfig(path: string, { dnsPolicy: policy, dnsConfig: of }: PodSpec): Findings {
  if (policy === "None") {
    if (!of) yield required(path, "must provide `dnsConfig` when `dnsPolicy` is None");
    else if (!of.nameservers?.length) {
      yield required(`${path}.nameservers`, "must provide at least one DNS nameserver when `dnsPolicy` is None");
    }
  }
  if (!of || (policy === "None" && !of.nameservers?.length)) return;
  const { nameservers = [], searches = [], options } = of;
  if (nameservers.length > nameserversMax) {
    yield invalid(`${path}.nameservers`, nameservers, `must not have more than ${nameserversMax} nameservers`);
  }
  yield* each(`${path}.nameservers`, nameservers, (here, ip) => say(here, ip, addressErrors(ip)));
  if (searches.length > searchesMax) {
    yield invalid(`${path}.searches`, searches, `must not have more than ${searchesMax} search paths`);
  }
  if (searches.join(" ").length > searchCharsMax) {
    const text = `must not have more than ${searchCharsMax} characters (including spaces) in the search list`;
    yield invalid(`${path}.searches`, searches, text);
  }
  yield* each(`${path}.searches`, searches, searchDomain);
  yield* each(`${path}.options`, options, function* (here, option) {
    if (!option?.name) yield required(here, "must not be empty");
  });
}

/** A trailing dot makes it absolute; a lone dot is the root. */
function* searchDomain(path: string, text: string): Findings {
  if (text === ".") return;
  const domain = text.endsWith(".") ? text.slice(0, -1) : text;
  yield* say(path, domain, searchDomainErrors(domain));
}

export const hostAliases = (path: string, list: readonly HostAlias[] | undefined): Findings =>
  each(path, list, function* (here, alias) {
    const { ip = "", hostnames } = alias ?? {};
    yield* say(`${here}.ip`, ip, addressErrors(ip));
    yield* each(`${here}.hostnames`, hostnames, dnsSubdomain);
  });
