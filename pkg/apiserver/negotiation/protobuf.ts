/** The protobuf codec, where it is there. Nothing negotiates protobuf without it. */
import { type ProtobufPiece, protobuf } from "../pieces.ts";

export const hasProtobuf = protobuf !== undefined;

function ensureCodec(): ProtobufPiece {
  if (!protobuf) throw new Error("protobuf was negotiated without a codec");
  return protobuf;
}

export const encodeMessage: ProtobufPiece["encodeMessage"] = (object, type) =>
  ensureCodec().encodeMessage(object, type);
export const decodeMessage: ProtobufPiece["decodeMessage"] = (bytes, type) => ensureCodec().decodeMessage(bytes, type);
export const encodeEnvelope: ProtobufPiece["encodeEnvelope"] = (identity, raw) =>
  ensureCodec().encodeEnvelope(identity, raw);
export const decodeEnvelope: ProtobufPiece["decodeEnvelope"] = (bytes) => ensureCodec().decodeEnvelope(bytes);
