/** Requests whose bodies and answers are protobuf. */

import { normalize } from "#pkg/apimachinery/codec/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { encodeEnvelope, encodeMessage, typeOfKind } from "#pkg/apimachinery/protobuf/index.ts";
import type { Step } from "../../scenario.ts";

export const protobuf = "application/vnd.kubernetes.protobuf";
export const accepting = { accept: protobuf };
export const both = { accept: protobuf, "content-type": protobuf };

type Json = Readonly<Record<string, unknown>>;

/** Encoded once: both servers get the same bytes. */
export function bytesOf(object: Json, type = typeOfKind(identityOf(object))): Buffer {
  if (!type) throw new Error(`no message for ${JSON.stringify(identityOf(object))}`);
  return encodeEnvelope(identityOf(object), encodeMessage(normalize(object, type), type));
}

function identityOf(object: Json): { apiVersion: string; kind: string } {
  const { apiVersion, kind } = object as unknown as KubeObject;
  return { apiVersion: apiVersion ?? "", kind: kind ?? "" };
}

export const get = (path: string, headers: Record<string, string> = accepting): Step => ({
  method: "GET",
  path,
  headers,
  ...(headers === accepting ? {} : { note: headers["accept"] ?? "" }),
});

export const send = (method: string, path: string, object: Json, headers: Record<string, string> = both): Step => ({
  method,
  path,
  headers,
  body: bytesOf(object),
});

/** A JSON body whose answer is protobuf. */
export const sendJson = (method: string, path: string, body: unknown, type = "application/json"): Step => ({
  method,
  path,
  headers: { accept: protobuf, "content-type": type },
  body: JSON.stringify(body),
});

export const view = (as: string, version = "v1"): string => `${protobuf};as=${as};v=${version};g=meta.k8s.io`;

/** The object as an update of what was last answered: with its version. */
export const versioned = (object: Json, resourceVersion: string | undefined): Json => ({
  ...object,
  metadata: { ...(object["metadata"] as Json), ...(resourceVersion ? { resourceVersion } : {}) },
});
