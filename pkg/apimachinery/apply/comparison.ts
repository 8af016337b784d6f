/** One write, compared in every version in which somebody owns fields of the object. */
import type { KubeObject } from "../object.ts";
import { compareObjects, type Difference } from "./compare.ts";
import { difference, type FieldSet, isEmpty, union } from "./field-set.ts";
import type { Members } from "./items.ts";
import type { AppliedKind } from "./kind.ts";
import type { Entry } from "./managers.ts";
import { newFields } from "./new-fields.ts";

/** Another version in which the same object is served. */
export interface OtherVersion {
  readonly kind: AppliedKind;
  /** From the version of the request. Changes nothing of its argument. */
  convert(object: Readonly<KubeObject>): Readonly<KubeObject>;
}

export interface ComparisonOptions {
  /** Absent: the object is new. */
  readonly old: Readonly<KubeObject> | undefined;
  readonly next: Readonly<KubeObject>;
  /** Of the request, in which both states are. */
  readonly apiVersion: string;
  readonly kind: AppliedKind;
  /** Undefined for a version that is served no more. Absent: all versions have the same fields. */
  readonly versionOf?: ((apiVersion: string) => OtherVersion | undefined) | undefined;
}

export class Comparison {
  readonly #options: ComparisonOptions;
  readonly #byVersion = new Map<string, Difference | undefined>();
  /** In the version of the request. */
  readonly own: Difference;

  constructor(options: ComparisonOptions) {
    const { old, next, kind, apiVersion } = options;
    this.#options = options;
    const members = next as unknown as Members;
    this.own = old ? compareObjects(membersOf(old, kind), members, kind.shape) : newFields(members, kind);
    this.#byVersion.set(apiVersion, this.own);
  }

  get isSame(): boolean {
    return isEmpty(this.own.changed) && isEmpty(this.own.removed);
  }

  /** Undefined: the version is served no more, so that nothing can be said in it. */
  in(apiVersion: string | undefined): Difference | undefined {
    const { versionOf } = this.#options;
    if (apiVersion === undefined || !versionOf) return this.own;
    if (!this.#byVersion.has(apiVersion)) this.#byVersion.set(apiVersion, this.#compareIn(versionOf(apiVersion)));
    return this.#byVersion.get(apiVersion);
  }

  #compareIn(version: OtherVersion | undefined): Difference | undefined {
    if (!version) return undefined;
    const { old, next } = this.#options;
    const before = membersOf(old && version.convert(old), version.kind);
    return compareObjects(before, version.convert(next) as unknown as Members, version.kind.shape);
  }

  /** The entries without what this write changed or removed. Who has nothing left is gone, and so is who speaks a version that nobody serves. */
  disown(entries: readonly Entry[]): Entry[] {
    if (this.isSame) return [...entries];
    return entries.flatMap((entry) => {
      const found = this.in(entry.apiVersion);
      return found ? without(entry, union(found.changed, found.removed)) : [];
    });
  }
}

const membersOf = (object: Readonly<KubeObject> | undefined, kind: AppliedKind): Members =>
  (object as unknown as Members | undefined) ?? kind.empty;

function without(entry: Entry, fields: FieldSet): Entry[] {
  const rest = difference(entry.fieldsV1, fields);
  if (isEmpty(rest)) return [];
  return [rest === entry.fieldsV1 ? entry : { ...entry, fieldsV1: rest }];
}
