/**
 * Differences from a running upstream that stay, and why. docs/differences.md is written from these. The first that matches a
 * step decides; a step that has become the same is no mistake.
 */
import type { StepResult } from "./scenario.ts";

interface Justified {
  /** Of `<scenario>: <step>`. */
  readonly step: RegExp;
  /** Of both answers' text, where not every difference of such a step is meant. */
  readonly text?: RegExp;
  /** Of every line that only one of the answers has. Without any such line, the order of lines is what differs. */
  readonly lines?: RegExp;
  readonly title: string;
  readonly why: string;
}

const justified: readonly Justified[] = [
  {
    step: / \/version\b/,
    lines: /^ "(buildDate|compiler|gitCommit|gitTreeState|gitVersion|goVersion|platform)": /,
    title: "the version",
    why: "Ours says that it is ours: the version ends in `+kubets`, and it was compiled by nothing.",
  },
  {
    step: /watch=true.*as=PartialObjectMetadataList/,
    title: "a watch of the metadata of lists",
    why: "Upstream accepts it and sends nothing; ours sends the metadata of the objects.",
  },
  {
    step: /^forms: .*things/,
    text: /^no answer: socket hang up/,
    title: "custom resources as protobuf bodies",
    why: "Upstream's handler crashes and cuts the connection; ours refuses with 415.",
  },
  {
    step: /^forms: compressed: .*gzip;q=0\.1/,
    lines: /^(content-encoding|vary): /,
    title: "compression by weight",
    why: "Upstream compresses only where `gzip` stands without a weight.",
  },
  {
    step: /^protobuf refused: bodies: .* a list$/,
    title: "lists as bodies",
    why: "Refused by both with 400: upstream tries to read such a message first.",
  },
  {
    step: /^protobuf refused: bodies: .* metadata in two parts that fit$/,
    title: "a message in two parts",
    why: "Protobuf lets a message come in several parts, which are one; nobody sends such, and ours takes the last.",
  },
  {
    step: /^protobuf refused: bodies: .* is no UTF-8$/,
    lines: /\\xff|�| ff$/,
    title: "texts that are no UTF-8",
    why: "Bytes that are no text become U+FFFD in ours.",
  },
  {
    step: /selfsubjectrulesreviews|componentstatuses/,
    lines: /^$/,
    title: "the order of rules and of components",
    why: "Upstream's comes from maps and from who answers first.",
  },
  {
    step: /NetworkPolicy.*fieldManager=m&force=true$/,
    lines: /^2\.1\.7 \d$/,
    title: "empty lists that came as protobuf",
    why: "Protobuf does not tell an empty list from none. Upstream keeps objects in protobuf and finds a change when such a list is applied in JSON: one generation more.",
  },
  {
    step: /\/replicationcontrollers$/,
    lines: /^2\.1\.17\.7\.1 /,
    title: "the owner of a default",
    why: "The one replica that a ReplicationController has by default is owned by its creator in upstream.",
  },
  {
    step: /^surface.*(=%zz|;x=1|;limit=1|configmaps\/w$)/,
    title: "queries that cannot be decoded",
    why: "Upstream leaves out parameters with a broken escape or a semicolon; ours takes them as they are.",
  },
  {
    step: /^surface.* (\/(healthz|livez|readyz|logs|debug\/pprof|openapi\/v2)\/|\/apis\/\/v1\/pods)$/,
    title: "slashes at the end of paths and within",
    why: "A slash at the end of a path that is no resource's leads to the same page as without; an empty group is an API's path.",
  },
  {
    step: /^surface.* OPTIONS /,
    text: / cannot {2}resource /,
    lines: / cannot (get|list)? ?resource /,
    title: "the verb of OPTIONS",
    why: "Nothing allows it on a resource; upstream's refusal names no verb, ours that of GET.",
  },
  {
    step: /^surface.* \/api\/v1\/namespaces\/default\/configmaps\/a%25b$/,
    lines: /"message"/,
    title: "a percent sign in a name",
    why: "Refused by both with 400, in other words.",
  },
  {
    step: /^forms: of \/openapi.* accept: ([;,/]|application|nonsense|application\/json application\/yaml)$/,
    title: "Accept headers that name no type",
    why: "Asked for a document of OpenAPI so, upstream answers with 200 and nothing, ours with the document.",
  },
  {
    step: /^surface.* \/api\/v1\/watch\/?\?/,
    title: "a watch of nothing",
    why: "Upstream fails with 500; ours answers 404.",
  },
  {
    step: /^surface.* DELETE \/metrics$/,
    title: "a deletion of metrics",
    why: "Upstream's begin anew with it; ours refuse it.",
  },
  {
    step: /^(surface.* HEAD|documents: .*GET) \/openapi\/v3( accept: .*)?$/,
    lines: /^(content-type|vary): /,
    title: "the headers of OpenAPI's index",
    why: "Upstream calls it plain text, and nothing in answer to HEAD; ours says that it is JSON.",
  },
  {
    step: /openid-configuration/,
    lines: /"jwks_uri"/,
    title: "where the keys of the issuer are",
    why: "Ours are below the issuer's own name, upstream's below the address of the server.",
  },
  {
    step: /^surface.* \/api\/v1\/(watch\/)?namespaces\/default\/services/,
    lines: /"targetPort"/,
    title: "the port of the server",
    why: "Each of the two has its own.",
  },
  {
    step: /^services: .*externalname-clusterip/,
    lines: /^ *"internalTrafficPolicy": /,
    title: "a policy that nobody saw",
    why: "Upstream keeps the internalTrafficPolicy of an ExternalName unseen, and shows it when the type changes; ours does not keep it.",
  },
  {
    step: /FlowSchema.*flowschemas\/fs-gold/,
    lines: /api-priority-and-fairness-config-consumer-v1|Dangling|^2\.(3|1\.17)[ .]/,
    title: "when the condition of a FlowSchema is there",
    why: "The server itself writes `Dangling` some moments after somebody else has changed the status; each of the two in its own time.",
  },
  {
    step: /^applies of recorded objects: .*&force=true$/,
    lines: /^warning: /,
    title: "warnings about a state that is old",
    why: "Upstream first tries a patch on what its cache has; when that is behind, warnings of the first try are sent beside the answer to the second.",
  },
  {
    step: /^((protobuf )?watches: |surface of queries: .*\?watch=$)/,
    text: /RequestWatchProgress is disabled|Too large resource version|BOOKMARK/,
    title: "watches that begin anywhere",
    why: "Upstream asks etcd for progress notifications, which etcd 3.4 (Debian's) lacks: it refuses such watches or waits for a revision that its cache never reaches. Ours reads the revision from etcd and serves them, with their bookmarks.",
  },
  {
    step: /^lists: page by page: 12/,
    title: "continue tokens that lead to nothing",
    why: "Upstream gives a token when any object follows, ours when one follows that the selector keeps: one empty request less.",
  },
  {
    step: /^lists: .*limit=2&continue=…$/,
    title: "unreadable continue tokens",
    why: "The same refusal; the byte at which Go's JSON decoder stopped is named after decoding UTF-8.",
  },
  {
    step: /^lists: selectors: 45|Service\/v1\/svc|\/services /,
    text: /nodePort|targetPort|\d+\/TCP/,
    title: "ports drawn by chance",
    why: "Node ports are random, and each of the two servers has its own port.",
  },
  {
    step: /^refusals: verbs and paths: (38|37)|^surface.* \/api\/v1\/namespaces\/\/configmaps$/,
    title: "tracking of legacy tokens",
    why: "Upstream keeps the date from which it tracks uses of token secrets in a ConfigMap of kube-system; ours tracks none.",
  },
  {
    step: /^refusals: verbs and paths: (39|40|41)/,
    title: "NUL, escaped slashes and broken escapes in paths",
    why: "Ours refuses them with 400 before anything else sees them; upstream looks for such names (404), or its HTTP library answers in plain text.",
  },
  {
    step: /^refusals: patches: (11|18)|: 18\. PATCH/,
    title: "the order of a patched map in an error's text",
    why: "Go writes maps that a JSON patch touched in sorted order.",
  },
  {
    step: /^refusals: patches: 22/,
    title: "a directive within a plain map",
    why: "`$retainKeys` in a map of strings: upstream refuses the result, ours obeys it.",
  },
  {
    step: /^refusals: patches: 25/,
    title: "an applied list",
    why: "Refused by both with 400, in other words.",
  },
  {
    step: /^documents: discovery: 52|^documents: OpenAPI v2|^surface.* \/(index\.html)?$|^forms: of \/: /,
    title: "names and hashes in documents",
    why: "Upstream's root names its internal health checks; hashes of documents are of their bytes, and one parameter of version 2, whose name is made of its text, has another. The parts of the documents are equal field by field.",
  },
  {
    step: /ClusterRole\/|ClusterRoleBinding\//,
    text: /managedFields|"\d+[sm]/,
    title: "aggregated roles of the server",
    why: "Upstream's server fills them in by a second write, ours writes them whole: other owners of the same rules. Ages of what the servers made at their start differ by their start.",
  },
  {
    step: /VolumeAttachment|volumeattachments|ServiceCIDR|CustomResourceDefinition|gadgets/,
    text: /subresource|f:finalizers|f:categories|"continue"|Installing|deletionTimestamp|17\.8 "status"|f:changed/,
    title: "owners of fields after writes to /status and /scale",
    why: "The objects are equal; who owns metadata that a status write tried to change, or in which subresource, differs. A definition is established faster than upstream's five seconds.",
  },
  {
    step: /DaemonSet\/apps\.v1\/ds: |daemonsets/,
    text: /PartialObjectMetadata/,
    title: "an annotation of DaemonSets in partial metadata",
    why: "Upstream makes `deprecated.daemonset.template.generation` from a field that partial metadata does not have.",
  },
  {
    step: /APIService\//,
    text: /status/,
    title: "availability of aggregated APIs",
    why: "Ours tells of a missing service at once, upstream after its next round.",
  },
];

export function whyDifferent({ scenario, step, upstream, ours }: StepResult): string | undefined {
  const name = `${scenario}: ${step}`;
  const lines = linesOfOne(upstream, ours);
  const explains = ({ step: steps, text, lines: meant }: Justified): boolean =>
    steps.test(name) &&
    (text?.test(`${upstream}\n${ours}`) ?? true) &&
    lines.every((line) => meant?.test(line) ?? true);
  return justified.find(explains)?.title;
}

function linesOfOne(one: string, other: string): string[] {
  const [a, b] = [new Set(one.split("\n")), new Set(other.split("\n"))];
  return [...a.symmetricDifference(b)];
}

export function differencesText(): string {
  const sections = justified.map(({ title, why }) => `**${title.charAt(0).toUpperCase()}${title.slice(1)}.** ${why}`);
  const head =
    "# Where answers differ from upstream's\n\n`make compare LIVE=1` sends the same requests to upstream v1.35.4 and to ours. " +
    "Every answer is the same but for these, and for some descriptions of fields and columns: how many of them are upstream's " +
    "stands in [the scoreboard](scoreboard.md). They come from development packages (`hack/descriptions`), of which one is of " +
    "the version before; columns that show no single field say so in our own words.\n";
  return `${[head, ...sections].join("\n")}`
    .replaceAll("\n**", "\n\n**")
    .replace(/\n{3,}/g, "\n\n")
    .concat("\n");
}
