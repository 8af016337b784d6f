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
  readonly title: string;
  readonly why: string;
}

const justified: readonly Justified[] = [
  {
    step: /^watches: /,
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
    step: /^lists: other forms: 12/,
    title: "a list's form of an object that is not there",
    why: "Refused before the object is looked for (406 instead of 404).",
  },
  {
    step: /^lists: other forms: (13|14|43|44)|^watches: forms and paths: 6/,
    title: "YAML",
    why: "The same document; a lone dot as a key is quoted, and long texts are not folded.",
  },
  {
    step: /^lists: selectors: 45|Service\/v1\/svc-lb/,
    text: /nodePort|targetPort/,
    title: "ports drawn by chance",
    why: "Node ports are random, and each of the two servers has its own port.",
  },
  {
    step: /^refusals: verbs and paths: (38|37)/,
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
    step: /^documents: discovery: 52|^documents: OpenAPI v2|^documents: OpenAPI v3: 1/,
    title: "names and hashes in documents",
    why: "Upstream's root names its internal health checks; its v2 document keeps parameters apart under hashed names; hashes of documents are of their bytes, and ours have no descriptions. The parts of the documents are equal field by field.",
  },
  {
    step: /^documents: OpenAPI v3: 24/,
    title: "an OpenAPI document that is not there",
    why: "404 from both; upstream's has no body.",
  },
  {
    step: /FlowSchema\//,
    text: /Dangling/,
    title: "dangling flow schemas",
    why: "Upstream's API server marks schemas whose priority level is missing; ours has no such loop yet.",
  },
  {
    step: /ClusterRole\/|ClusterRoleBinding\//,
    text: /managedFields|"\d+[sm]/,
    title: "aggregated roles of the server",
    why: "Upstream's server fills them in by a second write, ours writes them whole: other owners of the same rules. Ages of what the servers made at their start differ by their start.",
  },
  {
    step: /VolumeAttachment|volumeattachments|ServiceCIDR|CustomResourceDefinition|gadgets/,
    text: /subresource|f:finalizers|f:categories|"continue"|Installing|deletionTimestamp/,
    title: "owners of fields after writes to /status and /scale",
    why: "The objects are equal; who owns metadata that a status write tried to change, or in which subresource, differs. A definition is established faster than upstream's five seconds.",
  },
  {
    step: /DaemonSet\/apps\.v1\/ds: (6|8)\./,
    title: "an annotation of DaemonSets in partial metadata",
    why: "Upstream makes `deprecated.daemonset.template.generation` from a field that partial metadata does not have.",
  },
  {
    step: /APIService\//,
    text: /status/,
    title: "availability of aggregated APIs",
    why: "Ours tells of a missing service at once, upstream after its next round.",
  },
  {
    step: /Endpoints\/v1\/ep: 15/,
    title: "a warning with a 404",
    why: "A status of Endpoints does not exist; ours warns of the deprecated version as well.",
  },
  {
    step: /: (5|7)\. GET /,
    text: /"\d+s"/,
    title: "ages in tables",
    why: "Seconds that pass between the two answers.",
  },
];

export function whyDifferent({ scenario, step, upstream, ours }: StepResult): string | undefined {
  const name = `${scenario}: ${step}`;
  const found = justified.find((one) => one.step.test(name) && (one.text?.test(`${upstream}\n${ours}`) ?? true));
  return found?.title;
}

export function differencesText(): string {
  const sections = justified.map(({ title, why }) => `**${title.charAt(0).toUpperCase()}${title.slice(1)}.** ${why}`);
  const head =
    "# Where answers differ from upstream's\n\n`make compare LIVE=1` sends the same requests to upstream v1.35.4 and to ours. " +
    "Every answer is the same but for these, and for descriptions of columns and in OpenAPI, which ours leave out: they are " +
    "two megabytes in memory that clients can do without.\n";
  return `${[head, ...sections].join("\n")}`
    .replaceAll("\n**", "\n\n**")
    .replace(/\n{3,}/g, "\n\n")
    .concat("\n");
}
