/**
 * The messages of OpenAPI v3 in protobuf, `openapi.v3` of gnostic, by the members that they have in JSON: what a document of
 * Kubernetes can hold of them.
 */

export type Form =
  | "string"
  | "bool"
  | "int64"
  | "double"
  /** `Any{2: yaml}`: what JSON may hold anything for. */
  | "any"
  /** `ItemsItem{1: schema}` */
  | "items"
  /** `AdditionalPropertiesItem{1: schema}` or `{2: boolean}` */
  | "additionalProperties"
  /** `DefaultType{1: number}`, `{2: boolean}` or `{3: string}`; empty for anything else */
  | "default"
  | MessageForm;

/** With a question mark: `…OrReference{1: message}` or `{2: Reference}`. */
type MessageForm = MessageName | `${"Schema" | "Parameter" | "RequestBody" | "Response" | "SecurityScheme"}?`;

export type MessageName =
  | "Document"
  | "Info"
  | "Paths"
  | "PathItem"
  | "Operation"
  | "Parameter"
  | "RequestBody"
  | "MediaTypes"
  | "MediaType"
  | "Responses"
  | "Response"
  | "Components"
  | "Schemas"
  | "SecuritySchemes"
  | "SecurityScheme"
  | "Schema"
  | "ExternalDocs"
  | "Reference";

export interface Member {
  readonly number: number;
  readonly form: Form;
  readonly repeated: boolean;
}

export interface Message {
  readonly members: Readonly<Record<string, Member>>;
  /** Members of any other name, as `Named…{1: name, 2: value}`. */
  readonly others?: Member;
  /** Members that begin with `x-`, as `NamedAny`; absent: they are like others. */
  readonly extensions?: number;
  /** What has no place is left out: nothing may stand beside a reference. */
  readonly isOpen?: boolean;
}

const one = (number: number, form: Form): Member => ({ number, form, repeated: false });
const many = (number: number, form: Form): Member => ({ number, form, repeated: true });

export const messages: Readonly<Record<MessageName, Message>> = {
  Document: {
    members: {
      openapi: one(1, "string"),
      info: one(2, "Info"),
      paths: one(4, "Paths"),
      components: one(5, "Components"),
    },
    extensions: 9,
  },
  Info: { members: { title: one(1, "string"), version: one(6, "string") }, extensions: 7 },
  Paths: { members: {}, others: many(1, "PathItem"), extensions: 2 },
  PathItem: {
    members: {
      get: one(4, "Operation"),
      put: one(5, "Operation"),
      post: one(6, "Operation"),
      delete: one(7, "Operation"),
      options: one(8, "Operation"),
      head: one(9, "Operation"),
      patch: one(10, "Operation"),
      parameters: many(13, "Parameter?"),
    },
    extensions: 14,
  },
  Operation: {
    members: {
      tags: many(1, "string"),
      description: one(3, "string"),
      operationId: one(5, "string"),
      parameters: many(6, "Parameter?"),
      requestBody: one(7, "RequestBody?"),
      responses: one(8, "Responses"),
      deprecated: one(10, "bool"),
    },
    extensions: 13,
  },
  Parameter: {
    members: {
      name: one(1, "string"),
      in: one(2, "string"),
      description: one(3, "string"),
      required: one(4, "bool"),
      schema: one(10, "Schema?"),
    },
    extensions: 14,
  },
  RequestBody: {
    members: { description: one(1, "string"), content: one(2, "MediaTypes"), required: one(3, "bool") },
    extensions: 4,
  },
  MediaTypes: { members: {}, others: many(1, "MediaType") },
  MediaType: { members: { schema: one(1, "Schema?") }, extensions: 5 },
  Responses: { members: { default: one(1, "Response?") }, others: many(2, "Response?"), extensions: 3 },
  Response: { members: { description: one(1, "string"), content: one(3, "MediaTypes") }, extensions: 5 },
  Components: { members: { schemas: one(1, "Schemas"), securitySchemes: one(7, "SecuritySchemes") }, extensions: 10 },
  Schemas: { members: {}, others: many(1, "Schema?") },
  SecuritySchemes: { members: {}, others: many(1, "SecurityScheme?") },
  SecurityScheme: {
    members: {
      type: one(1, "string"),
      description: one(2, "string"),
      name: one(3, "string"),
      in: one(4, "string"),
    },
    extensions: 9,
  },
  Schema: {
    members: {
      nullable: one(1, "bool"),
      externalDocs: one(6, "ExternalDocs"),
      example: one(7, "any"),
      title: one(9, "string"),
      multipleOf: one(10, "double"),
      maximum: one(11, "double"),
      exclusiveMaximum: one(12, "bool"),
      minimum: one(13, "double"),
      exclusiveMinimum: one(14, "bool"),
      maxLength: one(15, "int64"),
      minLength: one(16, "int64"),
      pattern: one(17, "string"),
      maxItems: one(18, "int64"),
      minItems: one(19, "int64"),
      uniqueItems: one(20, "bool"),
      maxProperties: one(21, "int64"),
      minProperties: one(22, "int64"),
      required: many(23, "string"),
      enum: many(24, "any"),
      type: one(25, "string"),
      allOf: many(26, "Schema?"),
      oneOf: many(27, "Schema?"),
      anyOf: many(28, "Schema?"),
      not: one(29, "Schema"),
      items: one(30, "items"),
      properties: one(31, "Schemas"),
      additionalProperties: one(32, "additionalProperties"),
      default: one(33, "default"),
      description: one(34, "string"),
      format: one(35, "string"),
    },
    extensions: 36,
  },
  ExternalDocs: { members: { description: one(1, "string"), url: one(2, "string") }, extensions: 3 },
  Reference: {
    members: { $ref: one(1, "string"), summary: one(2, "string"), description: one(3, "string") },
    isOpen: true,
  },
};
