/** From one version of a custom resource to another. */
import type { KubeObject } from "#pkg/apimachinery/object.ts";

export interface Converter {
  /** Whether `convert` never has to wait. */
  readonly isSync: boolean;
  /**
   * The objects at `apiVersion`, in the same order; those that are there already come back as they are, and no argument is
   * changed. Rejects with an Error in upstream's words.
   */
  convert(objects: readonly KubeObject[], apiVersion: string): readonly KubeObject[] | Promise<readonly KubeObject[]>;
}

/** Strategy `None`: versions differ in their name only. */
export const renaming: Converter = {
  isSync: true,
  convert: (objects, apiVersion) =>
    objects.map((object) => (object.apiVersion === apiVersion ? object : { ...object, apiVersion })),
};
