/** Kubernetes protobuf, driven by the tables: messages of every type, and the envelope around them. */
export { decodeMessage } from "./decode.ts";
export { encodeMessage } from "./encode.ts";
export { decodeEnvelope, type Envelope, encodeEnvelope, envelopeAround } from "./envelope.ts";
export { fieldHead } from "./field-head.ts";
export { typeOfKind } from "./kinds.ts";
export { ProtobufError } from "./reader.ts";
export { Writer } from "./writer.ts";
