/** Writes what the OpenAPI documents and tables say in words: from development dependencies, never checked in. */
import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { columnTextsFile } from "#pkg/apiserver/negotiation/column-texts.ts";
import { type Texts, textsFile } from "#pkg/apiserver/openapi/texts.ts";
import { columnTexts } from "./columns.ts";
import { parameterTexts } from "./parameters.ts";
import { schemaTexts } from "./schemas.ts";

const texts: Texts = { schemas: schemaTexts(), parameters: parameterTexts() };
const columns = columnTexts(texts.schemas);
const packed = gzipSync(JSON.stringify(texts), { level: 9 });
writeFileSync(textsFile, packed);
writeFileSync(columnTextsFile, JSON.stringify(columns));
const fields = Object.values(texts.schemas).reduce((sum, one) => sum + Object.keys(one.fields).length, 0);
process.stdout.write(`${fields} descriptions of fields (${(packed.length / 1024).toFixed(0)} KB)\n`);
