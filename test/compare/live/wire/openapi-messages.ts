/**
 * The messages of gnostic's `openapi.v3` as its .proto has them: a line a message, each field as `number:name:type`. Shares
 * nothing with what our server writes by.
 */
const text = `
AdditionalPropertiesItem = 1:schema_or_reference:SchemaOrReference 2:boolean:bool
Any = 1:value:bytes 2:yaml:string
AnyOrExpression = 1:any:Any 2:expression:Expression
Callback = 1:path:NamedPathItem 2:specification_extension:NamedAny
CallbackOrReference = 1:callback:Callback 2:reference:Reference
CallbacksOrReferences = 1:additional_properties:NamedCallbackOrReference
Components = 1:schemas:SchemasOrReferences 2:responses:ResponsesOrReferences 3:parameters:ParametersOrReferences 4:examples:ExamplesOrReferences 5:request_bodies:RequestBodiesOrReferences 6:headers:HeadersOrReferences 7:security_schemes:SecuritySchemesOrReferences 8:links:LinksOrReferences 9:callbacks:CallbacksOrReferences 10:specification_extension:NamedAny
Contact = 1:name:string 2:url:string 3:email:string 4:specification_extension:NamedAny
DefaultType = 1:number:double 2:boolean:bool 3:string:string
Discriminator = 1:property_name:string 2:mapping:Strings 3:specification_extension:NamedAny
Document = 1:openapi:string 2:info:Info 3:servers:Server 4:paths:Paths 5:components:Components 6:security:SecurityRequirement 7:tags:Tag 8:external_docs:ExternalDocs 9:specification_extension:NamedAny
Encoding = 1:content_type:string 2:headers:HeadersOrReferences 3:style:string 4:explode:bool 5:allow_reserved:bool 6:specification_extension:NamedAny
Encodings = 1:additional_properties:NamedEncoding
Example = 1:summary:string 2:description:string 3:value:Any 4:external_value:string 5:specification_extension:NamedAny
ExampleOrReference = 1:example:Example 2:reference:Reference
ExamplesOrReferences = 1:additional_properties:NamedExampleOrReference
Expression = 1:additional_properties:NamedAny
ExternalDocs = 1:description:string 2:url:string 3:specification_extension:NamedAny
Header = 1:description:string 2:required:bool 3:deprecated:bool 4:allow_empty_value:bool 5:style:string 6:explode:bool 7:allow_reserved:bool 8:schema:SchemaOrReference 9:example:Any 10:examples:ExamplesOrReferences 11:content:MediaTypes 12:specification_extension:NamedAny
HeaderOrReference = 1:header:Header 2:reference:Reference
HeadersOrReferences = 1:additional_properties:NamedHeaderOrReference
Info = 1:title:string 2:description:string 3:terms_of_service:string 4:contact:Contact 5:license:License 6:version:string 7:specification_extension:NamedAny 8:summary:string
ItemsItem = 1:schema_or_reference:SchemaOrReference
License = 1:name:string 2:url:string 3:specification_extension:NamedAny
Link = 1:operation_ref:string 2:operation_id:string 3:parameters:AnyOrExpression 4:request_body:AnyOrExpression 5:description:string 6:server:Server 7:specification_extension:NamedAny
LinkOrReference = 1:link:Link 2:reference:Reference
LinksOrReferences = 1:additional_properties:NamedLinkOrReference
MediaType = 1:schema:SchemaOrReference 2:example:Any 3:examples:ExamplesOrReferences 4:encoding:Encodings 5:specification_extension:NamedAny
MediaTypes = 1:additional_properties:NamedMediaType
NamedAny = 1:name:string 2:value:Any
NamedCallbackOrReference = 1:name:string 2:value:CallbackOrReference
NamedEncoding = 1:name:string 2:value:Encoding
NamedExampleOrReference = 1:name:string 2:value:ExampleOrReference
NamedHeaderOrReference = 1:name:string 2:value:HeaderOrReference
NamedLinkOrReference = 1:name:string 2:value:LinkOrReference
NamedMediaType = 1:name:string 2:value:MediaType
NamedParameterOrReference = 1:name:string 2:value:ParameterOrReference
NamedPathItem = 1:name:string 2:value:PathItem
NamedRequestBodyOrReference = 1:name:string 2:value:RequestBodyOrReference
NamedResponseOrReference = 1:name:string 2:value:ResponseOrReference
NamedSchemaOrReference = 1:name:string 2:value:SchemaOrReference
NamedSecuritySchemeOrReference = 1:name:string 2:value:SecuritySchemeOrReference
NamedServerVariable = 1:name:string 2:value:ServerVariable
NamedString = 1:name:string 2:value:string
NamedStringArray = 1:name:string 2:value:StringArray
OauthFlow = 1:authorization_url:string 2:token_url:string 3:refresh_url:string 4:scopes:Strings 5:specification_extension:NamedAny
OauthFlows = 1:implicit:OauthFlow 2:password:OauthFlow 3:client_credentials:OauthFlow 4:authorization_code:OauthFlow 5:specification_extension:NamedAny
Object = 1:additional_properties:NamedAny
Operation = 1:tags:string 2:summary:string 3:description:string 4:external_docs:ExternalDocs 5:operation_id:string 6:parameters:ParameterOrReference 7:request_body:RequestBodyOrReference 8:responses:Responses 9:callbacks:CallbacksOrReferences 10:deprecated:bool 11:security:SecurityRequirement 12:servers:Server 13:specification_extension:NamedAny
Parameter = 1:name:string 2:in:string 3:description:string 4:required:bool 5:deprecated:bool 6:allow_empty_value:bool 7:style:string 8:explode:bool 9:allow_reserved:bool 10:schema:SchemaOrReference 11:example:Any 12:examples:ExamplesOrReferences 13:content:MediaTypes 14:specification_extension:NamedAny
ParameterOrReference = 1:parameter:Parameter 2:reference:Reference
ParametersOrReferences = 1:additional_properties:NamedParameterOrReference
PathItem = 1:_ref:string 2:summary:string 3:description:string 4:get:Operation 5:put:Operation 6:post:Operation 7:delete:Operation 8:options:Operation 9:head:Operation 10:patch:Operation 11:trace:Operation 12:servers:Server 13:parameters:ParameterOrReference 14:specification_extension:NamedAny
Paths = 1:path:NamedPathItem 2:specification_extension:NamedAny
Properties = 1:additional_properties:NamedSchemaOrReference
Reference = 1:_ref:string 2:summary:string 3:description:string
RequestBodiesOrReferences = 1:additional_properties:NamedRequestBodyOrReference
RequestBody = 1:description:string 2:content:MediaTypes 3:required:bool 4:specification_extension:NamedAny
RequestBodyOrReference = 1:request_body:RequestBody 2:reference:Reference
Response = 1:description:string 2:headers:HeadersOrReferences 3:content:MediaTypes 4:links:LinksOrReferences 5:specification_extension:NamedAny
ResponseOrReference = 1:response:Response 2:reference:Reference
Responses = 1:default:ResponseOrReference 2:response_or_reference:NamedResponseOrReference 3:specification_extension:NamedAny
ResponsesOrReferences = 1:additional_properties:NamedResponseOrReference
Schema = 1:nullable:bool 2:discriminator:Discriminator 3:read_only:bool 4:write_only:bool 5:xml:Xml 6:external_docs:ExternalDocs 7:example:Any 8:deprecated:bool 9:title:string 10:multiple_of:double 11:maximum:double 12:exclusive_maximum:bool 13:minimum:double 14:exclusive_minimum:bool 15:max_length:int64 16:min_length:int64 17:pattern:string 18:max_items:int64 19:min_items:int64 20:unique_items:bool 21:max_properties:int64 22:min_properties:int64 23:required:string 24:enum:Any 25:type:string 26:all_of:SchemaOrReference 27:one_of:SchemaOrReference 28:any_of:SchemaOrReference 29:not:Schema 30:items:ItemsItem 31:properties:Properties 32:additional_properties:AdditionalPropertiesItem 33:default:DefaultType 34:description:string 35:format:string 36:specification_extension:NamedAny
SchemaOrReference = 1:schema:Schema 2:reference:Reference
SchemasOrReferences = 1:additional_properties:NamedSchemaOrReference
SecurityRequirement = 1:additional_properties:NamedStringArray
SecurityScheme = 1:type:string 2:description:string 3:name:string 4:in:string 5:scheme:string 6:bearer_format:string 7:flows:OauthFlows 8:open_id_connect_url:string 9:specification_extension:NamedAny
SecuritySchemeOrReference = 1:security_scheme:SecurityScheme 2:reference:Reference
SecuritySchemesOrReferences = 1:additional_properties:NamedSecuritySchemeOrReference
Server = 1:url:string 2:description:string 3:variables:ServerVariables 4:specification_extension:NamedAny
ServerVariable = 1:enum:string 2:default:string 3:description:string 4:specification_extension:NamedAny
ServerVariables = 1:additional_properties:NamedServerVariable
SpecificationExtension = 1:number:double 2:boolean:bool 3:string:string
StringArray = 1:value:string
Strings = 1:additional_properties:NamedString
Tag = 1:name:string 2:description:string 3:external_docs:ExternalDocs 4:specification_extension:NamedAny
Xml = 1:name:string 2:namespace:string 3:prefix:string 4:attribute:bool 5:wrapped:bool 6:specification_extension:NamedAny
`;

export interface KnownField {
  readonly name: string;
  /** A message, or a scalar. */
  readonly type: string;
}

/** By message, by number. */
export const openApiMessages: ReadonlyMap<string, ReadonlyMap<number, KnownField>> = new Map(
  text
    .trim()
    .split("\n")
    .map((line) => {
      const [message = "", fields = ""] = line.split(" = ");
      return [message, new Map(fields.split(" ").map(parseField))];
    }),
);

function parseField(field: string): [number, KnownField] {
  const [number, name = "", type = ""] = field.split(":");
  return [Number(number), { name, type }];
}
