/** A pod's resolver and names. Pure; the host's resolv.conf comes as text. */
import type { Pod } from "#api/types/core/v1";
import { isHostNetwork, nameOf, namespaceOf } from "../pods/pod.ts";

export interface DnsSettings {
  readonly clusterDns: readonly string[];
  readonly clusterDomain: string;
  /** The content of the node's resolv.conf. */
  readonly hostResolv: string;
}

export interface Resolver {
  readonly servers: string[];
  readonly searches: string[];
  readonly options: string[];
}

/** The resolver limits of glibc that upstream keeps to. */
const serversMax = 3;
const searchesMax = 32;

export function parseResolv(text: string): Resolver {
  const resolver: Resolver = { servers: [], searches: [], options: [] };
  for (const line of text.split("\n")) {
    const [word, ...rest] = line.trim().split(/\s+/);
    if (word === "nameserver" && rest[0]) resolver.servers.push(rest[0]);
    else if (word === "search")
      resolver.searches.splice(0, Infinity, ...rest.map((name) => (name === "." ? name : name.replace(/\.$/, ""))));
    else if (word === "options") resolver.options.splice(0, Infinity, ...rest);
  }
  return resolver;
}

/** `missingClusterDns`: the pod asked for the cluster's DNS and this node knows none. */
export function resolverOf(pod: Pod, settings: DnsSettings): { resolver: Resolver; missingClusterDns: boolean } {
  const host = parseResolv(settings.hostResolv);
  const policy = pod.spec.dnsPolicy ?? "ClusterFirst";
  const wantsCluster = policy === "ClusterFirstWithHostNet" || (policy === "ClusterFirst" && !isHostNetwork(pod));
  let base: Resolver = host;
  if (policy === "None") base = { servers: [], searches: [], options: [] };
  else if (wantsCluster && settings.clusterDns.length > 0) base = clusterResolver(pod, settings, host);
  return { resolver: merged(base, pod), missingClusterDns: wantsCluster && settings.clusterDns.length === 0 };
}

function clusterResolver(pod: Pod, { clusterDns, clusterDomain }: DnsSettings, host: Resolver): Resolver {
  const own = clusterDomain ? [`${namespaceOf(pod)}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain] : [];
  return {
    servers: [...clusterDns],
    searches: [...new Set([...own, ...host.searches])],
    options: ["ndots:5"],
  };
}

function merged(base: Resolver, pod: Pod): Resolver {
  const config = pod.spec.dnsConfig;
  const options = new Map<string, string>();
  for (const option of base.options) options.set(option.split(":")[0] ?? option, option);
  for (const { name = "", value } of config?.options ?? []) options.set(name, value ? `${name}:${value}` : name);
  return {
    servers: [...new Set([...base.servers, ...(config?.nameservers ?? [])])].slice(0, serversMax),
    searches: [...new Set([...base.searches, ...(config?.searches ?? [])])].slice(0, searchesMax),
    options: [...options.values()],
  };
}

export interface PodHostname {
  readonly hostname: string;
  /** `subdomain.namespace.svc.domain`, empty without a subdomain. */
  readonly domain: string;
}

const hostnameMax = 63;
const fqdnMax = 64;

/** Throws Error when the pod wants its full name as hostname and that is too long for the kernel. */
export function hostnameOf(pod: Pod, clusterDomain: string): PodHostname {
  const override = pod.spec.hostnameOverride;
  if (override) return { hostname: override, domain: "" };
  const hostname = (pod.spec.hostname || nameOf(pod)).slice(0, hostnameMax).replace(/[-.]+$/, "");
  const domain = pod.spec.subdomain ? `${pod.spec.subdomain}.${namespaceOf(pod)}.svc.${clusterDomain}` : "";
  if (pod.spec.setHostnameAsFQDN && domain) {
    const full = `${hostname}.${domain}`;
    if (full.length > fqdnMax) {
      throw new Error(
        `failed to construct FQDN from pod hostname and cluster domain, FQDN ${full} is too long (${fqdnMax} characters is the max, ${full.length} characters requested)`,
      );
    }
  }
  return { hostname, domain };
}

/** The hostname that the sandbox gets: short, or whole when the pod asks for that. */
export function sandboxHostname(pod: Pod, clusterDomain: string): string {
  const { hostname, domain } = hostnameOf(pod, clusterDomain);
  return pod.spec.setHostnameAsFQDN && domain ? `${hostname}.${domain}` : hostname;
}

const hostsHead = `127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
fe00::0\tip6-mcastprefix
fe00::1\tip6-allnodes
fe00::2\tip6-allrouters
`;

/** The pod's /etc/hosts; a pod on the host's network gets the host's, with its own aliases. */
export function buildHosts(
  pod: Pod,
  options: { readonly name: PodHostname; readonly ips: readonly string[]; readonly hostHosts: string },
): string {
  const aliases = (pod.spec.hostAliases ?? []).map(({ ip, hostnames = [] }) => `${ip}\t${hostnames.join("\t")}\n`);
  const tail = aliases.length > 0 ? `\n# Entries added by HostAliases.\n${aliases.join("")}` : "";
  if (isHostNetwork(pod)) return `# Kubernetes-managed hosts file (host network).\n${options.hostHosts}${tail}`;
  const { hostname, domain } = options.name;
  const names = domain ? `${hostname}.${domain}\t${hostname}` : hostname;
  return `# Kubernetes-managed hosts file.\n${hostsHead}${options.ips.map((ip) => `${ip}\t${names}\n`).join("")}${tail}`;
}
