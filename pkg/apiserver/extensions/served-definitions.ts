/** The table of resources as the definitions want it: versions come, change and go, and with them their watches. */
import { schema as api } from "#api/index.ts";
import type { CustomResourceDefinition } from "#api/types/apiextensions.k8s.io/v1";
import { sameJson } from "#pkg/apimachinery/json.ts";
import type { ServedResource } from "../resources/served-resource.ts";
import type { ServerServices } from "../services.ts";
import type { WebhookClient } from "../webhook/index.ts";
import { isEstablished, isTerminating } from "./conditions.ts";
import { prefixOf, type ServedVersion, serveVersion } from "./custom-resource.ts";
import { type Converter, renaming } from "./versions/converter.ts";
import type { VersionSchemas } from "./versions/stored-view.ts";
import { versionSchemas } from "./versions/version-schemas.ts";
import { WebhookConverter } from "./versions/webhook-converter.ts";

type Definition = Readonly<CustomResourceDefinition>;

/** Objects that are only to be deleted are taken as they are. */
const asStored: VersionSchemas = { tidy: (object) => object, prune: (object) => object };

interface Served {
  readonly definition: Definition;
  readonly versions: readonly ServedVersion[];
  readonly sinceRevision: number;
}

export interface ServedDefinitionsOptions {
  readonly services: ServerServices;
  /** `/registry`. */
  readonly root: string;
  /** Asks conversion webhooks. */
  readonly client: WebhookClient;
}

export class ServedDefinitions {
  readonly #options: ServedDefinitionsOptions;
  readonly #served = new Map<string, Served>();

  constructor(options: ServedDefinitionsOptions) {
    this.#options = options;
  }

  /** Serves what the definition says now. */
  set(name: string, definition: Definition): void {
    if (!isEstablished(definition) || this.#isBuiltIn(definition)) return;
    const before = this.#served.get(name);
    if (before && isServedAlike(before.definition, definition)) return;
    const isSameSpec = before !== undefined && sameJson(before.definition.spec, definition.spec);
    const sinceRevision = isSameSpec ? before.sinceRevision : Number(definition.metadata.resourceVersion ?? 0);
    const versions = this.#serve(definition, sinceRevision);
    this.#replace(before?.versions ?? [], versions);
    this.#served.set(name, { definition, versions, sinceRevision });
  }

  delete(name: string, definition: Definition): void {
    const before = this.#served.get(name);
    if (!before) return;
    this.#served.delete(name);
    this.#replace(before.versions, []);
    this.#options.services.storage.release(prefixOf(definition, this.#options.root));
  }

  /**
   * A resource that reaches all objects of the definition, served or not, converted or not. Undefined: there can be none, as
   * the definition was never served.
   */
  everything(definition: Definition): ServedResource | undefined {
    const { services, root } = this.#options;
    const version = definition.spec.versions.find(({ storage }) => storage);
    if (!version || !isEstablished(definition) || this.#isBuiltIn(definition)) return undefined;
    const { storage } = services;
    const { schema: _, ...plain } = version;
    return serveVersion(definition, plain, {
      storage,
      root,
      converter: renaming,
      schemas: asStored,
      sinceRevision: 0,
    }).resource;
  }

  /** A definition may take the name of a resource that is built in; its objects would lie among that one's. */
  #isBuiltIn({ spec }: Definition): boolean {
    return api.resources.some(({ group, plural }) => group === spec.group && plural === spec.names.plural);
  }

  #serve(definition: Definition, sinceRevision: number): ServedVersion[] {
    const { services, root } = this.#options;
    const { storage, log } = services;
    const converter = this.#converterOf(definition);
    const schemas = versionSchemas(definition);
    return definition.spec.versions.flatMap((version) => {
      if (!version.served) return [];
      try {
        return [serveVersion(definition, version, { storage, root, converter, schemas, sinceRevision })];
      } catch (err) {
        log.warn(
          { err, definition: definition.metadata.name, version: version.name },
          "a custom resource cannot be served",
        );
        return [];
      }
    });
  }

  #converterOf({ spec }: Definition): Converter {
    const { conversion } = spec;
    if (conversion?.strategy !== "Webhook") return renaming;
    return new WebhookConverter({ conversion, client: this.#options.client, signal: this.#options.services.stopping });
  }

  #replace(before: readonly ServedVersion[], after: readonly ServedVersion[]): void {
    const { table } = this.#options.services;
    const kept = new Set(after.map(({ resource }) => resource.def.version));
    for (const { resource } of before) {
      const { group, version, plural } = resource.def;
      if (!kept.has(version)) table.remove(group, version, plural);
    }
    for (const { resource } of after) table.add(resource);
    for (const { store } of before) store.close();
  }
}

/** Conditions come and go without a difference to who uses the resource. */
const isServedAlike = (a: Definition, b: Definition): boolean =>
  sameJson(a.spec, b.spec) &&
  sameJson(a.status?.acceptedNames ?? null, b.status?.acceptedNames ?? null) &&
  isTerminating(a) === isTerminating(b);
