/** What is special about writing a custom resource: its schema's rules, on the object and on its subresources. */
import type { CustomResourceDefinitionVersion } from "#api/types/apiextensions.k8s.io/v1";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import type { FieldError } from "#pkg/apimachinery/validation/field-error.ts";
import { allMetadata, keepMetadata } from "#pkg/registry/shared/kept-metadata.ts";
import type { Strategy, StrategyContext, UpdateRules } from "#pkg/registry/strategy.ts";
import { Correlation } from "./correlation.ts";
import type { ScalePaths } from "./custom-resource.ts";
import { validateEmbedded } from "./embedded.ts";
import { finalizerWarnings } from "./finalizer-warnings.ts";
import { duplicateItems } from "./list-items.ts";
import { blocksRules, SchemaRules, unchecked } from "./rules.ts";
import { scaleErrors } from "./scale-rules.ts";
import { complete, type Structural } from "./structural.ts";
import { SchemaValidator } from "./validate.ts";

export interface StrategyOptions {
  readonly version: CustomResourceDefinitionVersion;
  readonly schema: Structural | undefined;
  readonly scale: ScalePaths | undefined;
  /** Field selectors beyond those of metadata, by name. */
  readonly fields: NonNullable<Strategy["fields"]>;
  /** The definition goes: there must not be more and more to delete. */
  readonly isTerminating: boolean;
}

export function customStrategy({ version, schema, scale, fields, isTerminating }: StrategyOptions): Strategy {
  const hasStatus = version.subresources?.status !== undefined;
  const checker = new Checker(schema, scale);
  return {
    hasGeneration: true,
    allowUnconditionalUpdate: false,
    applyDefaults: (object) => complete(object, schema),
    prepareForCreate: (object) => {
      if (isTerminating) {
        const message = "create not allowed while custom resource definition is terminating";
        throw new StatusError("MethodNotAllowed", message, { details: {} });
      }
      if (hasStatus) delete (object as { status?: unknown }).status;
    },
    validateCreate: (object) => checker.onCreate(object),
    validateUpdate: (object, old) => checker.onUpdate(object, old),
    warningsOnCreate: ({ metadata }) => finalizerWarnings(metadata.finalizers ?? [], []),
    warningsOnUpdate: ({ metadata }, old) => [
      ...finalizerWarnings(metadata.finalizers ?? [], old.metadata.finalizers ?? []),
      ...checker.takeWarnings(),
    ],
    ...(hasStatus ? { subresources: { status: statusRules(checker) } } : {}),
    ...(Object.keys(fields).length > 0 ? { fields } : {}),
  };
}

/** Status only: metadata stays as it was, though upstream says that who writes it owns it. */
function statusRules(checker: Checker): UpdateRules {
  return {
    prepareForUpdate: (object, old) => keepMetadata(object.metadata, old.metadata, allMetadata),
    validateUpdate: (object: KubeObject, old: Readonly<KubeObject>, _: StrategyContext) =>
      checker.onStatus(object, old),
    warningsOnUpdate: () => checker.takeWarnings(),
  };
}

class Checker {
  readonly #schema: Structural | undefined;
  readonly #scale: ScalePaths | undefined;
  readonly #whole: SchemaValidator | undefined;
  readonly #status: SchemaValidator | undefined;
  readonly #rules: SchemaRules | undefined;
  /** Of the validation that ran last; nothing waits between it and who takes them. */
  #warnings: string[] = [];

  constructor(schema: Structural | undefined, scale: ScalePaths | undefined) {
    this.#schema = schema;
    this.#scale = scale;
    const properties = (schema?.properties ?? {}) as Record<string, Structural>;
    const status = Object.hasOwn(properties, "status") ? properties["status"] : undefined;
    this.#whole = schema && new SchemaValidator(schema);
    this.#status = status && new SchemaValidator(status);
    this.#rules = schema && new SchemaRules(schema);
  }

  takeWarnings(): string[] {
    const warnings = this.#warnings;
    this.#warnings = [];
    return warnings;
  }

  onCreate(object: KubeObject): FieldError[] {
    const errors = [
      ...(this.#whole?.validate(object) ?? []),
      ...scaleErrors(object, this.#scale, "all"),
      ...validateEmbedded(object, this.#schema),
      ...duplicateItems(object, this.#schema),
    ];
    return this.#withRules(errors, object, undefined);
  }

  onUpdate(object: KubeObject, old: Readonly<KubeObject>): FieldError[] {
    const before = this.#schema && new Correlation(object, old, this.#schema);
    const errors = [
      ...(this.#whole?.validate(object, "", before) ?? []),
      ...scaleErrors(object, this.#scale, "all"),
      ...validateEmbedded(object, this.#schema),
      ...this.#newDuplicates(object, old),
    ];
    return this.#withRules(errors, object, before);
  }

  onStatus(object: KubeObject, old: Readonly<KubeObject>): FieldError[] {
    const before = this.#schema && new Correlation(object, old, this.#schema);
    const { status } = object as { status?: unknown };
    const errors = [
      ...(status === undefined ? [] : (this.#status?.validate(status, "status", before?.child("status")) ?? [])),
      ...scaleErrors(object, this.#scale, "status"),
      ...this.#newDuplicates(object, old),
    ];
    return this.#withRules(errors, object, before);
  }

  /** Who had none before may not bring any. */
  #newDuplicates(object: KubeObject, old: Readonly<KubeObject>): FieldError[] {
    const found = duplicateItems(object, this.#schema);
    return found.length > 0 && duplicateItems(old, this.#schema).length === 0 ? found : [];
  }

  #withRules(errors: FieldError[], object: KubeObject, before: Correlation | undefined): FieldError[] {
    this.#warnings = [];
    if (!this.#rules || this.#rules.none) return errors;
    if (errors.some(blocksRules)) return [...errors, unchecked];
    return [...errors, ...this.#rules.validate(object, before, (text) => this.#warnings.push(text))];
  }
}
