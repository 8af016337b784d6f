/** Server-side apply, which may be missing from a build: then it is not offered, and no field is tracked. */
import type { TypeName } from "#api/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";

export interface ApplyPiece {
  trackUpdate(options: {
    live?: KubeObject;
    next: KubeObject;
    manager: string;
    apiVersion: string;
    subresource: string;
    now: Date;
    type: TypeName;
  }): void;
  applyServerSide(options: {
    live?: KubeObject;
    patch: KubeObject;
    manager: string;
    force: boolean;
    apiVersion: string;
    subresource: string;
    now: Date;
    type: TypeName;
  }): KubeObject;
}

async function load<T>(path: string): Promise<T | undefined> {
  try {
    return (await import(path)) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}

export const apply = await load<ApplyPiece>("#pkg/apimachinery/apply/index.ts");
