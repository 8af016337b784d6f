/**
 * Parts of the server that may be missing from a build: each is loaded when it is there, and what depends on it is not
 * offered when it is not (no protobuf, no server-side apply, plain columns).
 */
import type { ResourceDef, TypeName } from "#api/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { Strategy } from "#pkg/registry/strategy.ts";

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

export interface ProtobufPiece {
  encodeMessage(object: object, type: TypeName): Buffer;
  decodeMessage(bytes: Buffer, type: TypeName): object;
  encodeEnvelope(identity: { apiVersion: string; kind: string }, raw: Buffer): Buffer;
  decodeEnvelope(bytes: Buffer): { apiVersion: string; kind: string; raw: Buffer };
}

export interface ColumnsPiece {
  cellsOf(resource: ResourceDef, object: KubeObject, now: Date): unknown[];
}

export interface RegistryPiece {
  strategyOf(group: string, plural: string): Strategy;
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
export const protobuf = await load<ProtobufPiece>("#pkg/apimachinery/protobuf/index.ts");
export const columns = await load<ColumnsPiece>("#pkg/registry/columns.ts");
export const registry = await load<RegistryPiece>("#pkg/registry/index.ts");
