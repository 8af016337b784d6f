/**
 * CustomResourceDefinitions of the size that operators bring: some 40 kB of schema with descriptions, enums, defaults,
 * patterns, lists with keys, rules in CEL, columns, and the subresources status and scale. No two have the same schema.
 */

type Schema = Record<string, unknown>;

const text = (description: string, more: Schema = {}): Schema => ({ type: "string", description, ...more });
const object = (description: string, properties: Schema, more: Schema = {}): Schema => ({
  type: "object",
  description,
  properties,
  ...more,
});
const list = (description: string, items: Schema, more: Schema = {}): Schema => ({
  type: "array",
  description,
  items,
  ...more,
});

const about = (what: string): string =>
  `${what}. What is left out takes the operator's own value, which may change between its versions; see the manual.`;

const quantity: Schema = {
  "x-kubernetes-int-or-string": true,
  anyOf: [{ type: "integer" }, { type: "string" }],
  pattern: "^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?[0-9]+))?$",
  description: about("An amount of a resource"),
};

const name = (of: string): Schema => text(about(`Name of ${of}`), { minLength: 1, maxLength: 253 });

const selector = (): Schema =>
  object(about("Which objects are meant"), {
    matchLabels: { type: "object", additionalProperties: { type: "string" }, description: about("Labels they have") },
    matchExpressions: list(
      about("What else is said of their labels"),
      object(
        about("One condition"),
        {
          key: text(about("The label")),
          operator: text(about("How it compares"), { enum: ["In", "NotIn", "Exists", "DoesNotExist"] }),
          values: list(about("With what"), { type: "string" }, { "x-kubernetes-list-type": "atomic" }),
        },
        { required: ["key", "operator"] },
      ),
      { "x-kubernetes-list-type": "atomic" },
    ),
  });

const term = (): Schema =>
  object(
    about("One wish about neighbours"),
    {
      labelSelector: selector(),
      namespaceSelector: selector(),
      namespaces: list(about("Where they are"), { type: "string" }, { "x-kubernetes-list-type": "atomic" }),
      topologyKey: text(about("What counts as near")),
    },
    { required: ["topologyKey"] },
  );

const wishes = (of: string): Schema =>
  object(about(`Wishes about ${of}`), {
    required: list(about("Without them nothing runs"), term()),
    preferred: list(
      about("Better with them"),
      object(
        about("A wish with a weight"),
        { weight: { type: "integer", format: "int32", minimum: 1, maximum: 100 }, term: term() },
        { required: ["weight", "term"] },
      ),
    ),
  });

const environment = (): Schema =>
  list(
    about("Variables"),
    object(
      about("A variable"),
      {
        name: name("the variable"),
        value: text(about("Its value")),
        valueFrom: object(about("Where its value is"), {
          secret: object(about("In a Secret"), { name: name("the Secret"), key: text(about("Which of its values")) }),
          configMap: object(about("In a ConfigMap"), { name: name("the map"), key: text(about("Which value")) }),
        }),
      },
      { required: ["name"] },
    ),
    { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"] },
  );

const probe = (of: string): Schema =>
  object(about(`How ${of} is found out`), {
    path: text(about("What is asked for"), { default: "/healthz" }),
    port: { "x-kubernetes-int-or-string": true, description: about("Where") },
    periodSeconds: { type: "integer", format: "int32", minimum: 1, default: 10, description: about("How often") },
    failureThreshold: { type: "integer", format: "int32", minimum: 1, default: 3, description: about("How many") },
  });

const role = (of: string): Schema =>
  object(
    about(`The members that are ${of}`),
    {
      replicas: {
        type: "integer",
        format: "int32",
        minimum: 0,
        maximum: 1000,
        default: 1,
        description: about("How many"),
      },
      image: text(about("What they run"), { pattern: "^[a-z0-9./:@_-]+$", maxLength: 512 }),
      env: environment(),
      resources: object(about("What they need"), {
        requests: { type: "object", additionalProperties: quantity, description: about("At least") },
        limits: { type: "object", additionalProperties: quantity, description: about("At most") },
      }),
      near: wishes(`what ${of} run beside`),
      apart: wishes(`what ${of} keep away from`),
      ready: probe("that they may be used"),
      alive: probe("that they live"),
      storage: object(
        about("Where they keep what they know"),
        {
          size: quantity,
          className: name("the storage class"),
          accessModes: list(about("How it is used"), { type: "string" }, { "x-kubernetes-list-type": "set" }),
        },
        {
          "x-kubernetes-validations": [
            { rule: "!has(oldSelf.className) || self.className == oldSelf.className", message: "className stays" },
          ],
        },
      ),
    },
    {
      "x-kubernetes-validations": [{ rule: "self.replicas == 0 || has(self.image)", message: "members need an image" }],
    },
  );

const conditions = (): Schema =>
  list(
    about("How it is"),
    object(
      about("One aspect"),
      {
        type: text(about("Which"), { maxLength: 316 }),
        status: text(about("Whether"), { enum: ["True", "False", "Unknown"] }),
        reason: text(about("Why, in a word"), { maxLength: 1024 }),
        message: text(about("Why"), { maxLength: 32768 }),
        lastTransitionTime: text(about("Since when"), { format: "date-time" }),
        observedGeneration: { type: "integer", format: "int64", minimum: 0 },
      },
      { required: ["type", "status", "reason", "message", "lastTransitionTime"] },
    ),
    { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"] },
  );

/** What a reader of its kind knows, and no other: names and texts of a definition's own. */
function settings(at: number): Schema {
  const kinds: readonly ((what: string) => Schema)[] = [
    (what) => text(about(what), { maxLength: 63 + (at % 190), pattern: `^[a-z][a-z0-9-]{0,${20 + (at % 40)}}$` }),
    (what) => ({ type: "integer", format: "int64", minimum: 0, maximum: 1000 + at, description: about(what) }),
    (what) => ({ type: "boolean", default: at % 2 === 0, description: about(what) }),
    (what) => text(about(what), { enum: ["Always", "Never", `Sometimes${at % 17}`], default: "Always" }),
    (what) => list(about(what), text(about(what)), { "x-kubernetes-list-type": "set", maxItems: 10 + (at % 7) }),
  ];
  const count = 10 + (at % 30);
  const members = Array.from({ length: count }, (_, n) => {
    const what = `Setting ${n} of cluster ${at}`;
    return [`setting${n}Of${at}`, (kinds[(n + at) % kinds.length] as (what: string) => Schema)(what)];
  });
  return object(about(`What only cluster ${at} has`), Object.fromEntries(members));
}

/** Every second definition has rules of its own. */
const rulesOf = (at: number): Schema =>
  at % 2 === 1
    ? {}
    : {
        "x-kubernetes-validations": [
          { rule: `!has(self.worker) || self.worker.replicas <= ${100 + at}`, message: "too many workers" },
          { rule: "!has(oldSelf.version) || has(self.version)", message: "version stays" },
        ],
      };

const schemaOf = (at: number): Schema =>
  object(about("A group of members that serve together"), {
    apiVersion: { type: "string" },
    kind: { type: "string" },
    metadata: { type: "object" },
    spec: object(
      about("What is wanted"),
      {
        leader: role("leaders"),
        worker: role("workers"),
        settings: settings(at),
        paused: { type: "boolean", default: false, description: about("Whether nothing is changed for now") },
        version: text(about("Which version they run"), { pattern: "^v?[0-9]+(\\.[0-9]+){0,2}$", maxLength: 40 }),
        notes: {
          type: "object",
          additionalProperties: { type: "string" },
          description: about("Whatever is to be kept"),
        },
      },
      { required: ["leader"], ...rulesOf(at) },
    ),
    status: object(about("What is there"), {
      replicas: { type: "integer", format: "int32" },
      selector: { type: "string" },
      conditions: conditions(),
    }),
  });

export interface CustomNames {
  readonly at: number;
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
}

const perGroup = 10;

export const namesOf = (at: number): CustomNames => ({
  at,
  group: `g${Math.floor(at / perGroup)}.scale.example.com`,
  plural: `clusters${at}`,
  kind: `Cluster${at}`,
});

const versionOf = (name: string, at: number, isStored: boolean): object => ({
  name,
  served: true,
  storage: isStored,
  schema: { openAPIV3Schema: schemaOf(at) },
  subresources: {
    status: {},
    scale: { specReplicasPath: ".spec.worker.replicas", statusReplicasPath: ".status.replicas" },
  },
  additionalPrinterColumns: [
    { name: "Leaders", type: "integer", jsonPath: ".spec.leader.replicas" },
    { name: "Version", type: "string", jsonPath: ".spec.version" },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
  ],
});

/** Every fifth is served in an older version too. */
export function definition({ at, group, plural, kind }: CustomNames): object {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
      scope: "Namespaced",
      versions: [versionOf("v1", at, true), ...(at % 5 === 0 ? [versionOf("v1beta1", at, false)] : [])],
    },
  };
}

/** `noteBytes`: how much it holds besides, in pieces of 10 kB. */
export function customObject({ at, group, kind }: CustomNames, objectName: string, noteBytes = 0): object {
  const pieces = Math.ceil(noteBytes / 10_000);
  const notes = Object.fromEntries(Array.from({ length: pieces }, (_, i) => [`n${i}`, "kept ".repeat(1_990)]));
  return {
    apiVersion: `${group}/v1`,
    kind,
    metadata: { name: objectName, labels: { app: "scale" } },
    spec: {
      leader: { image: "registry.example.com/db:1", replicas: 1, env: [{ name: "A", value: "1" }] },
      worker: { image: "registry.example.com/db:1", replicas: 2, storage: { size: "10Gi", className: "fast" } },
      version: "1.2",
      settings: Object.fromEntries(at % 5 === 0 ? [[`setting0Of${at}`, "small"]] : []),
      ...(pieces > 0 ? { notes } : {}),
    },
  };
}
