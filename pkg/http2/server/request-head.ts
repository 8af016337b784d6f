/** What a request's header block says, and whether it may (RFC 9113, section 8). */
import type { HeaderDecoder } from "../header-decoder.ts";
import { entryOverhead } from "../header-decoder.ts";

/** Bounds on a request's headers; beyond them the answer is 431. */
export interface HeadLimits {
  /** Names, values and 32 bytes a field. */
  readonly bytesMax: number;
  readonly fieldsMax: number;
}

export interface RequestHead {
  readonly method: string;
  /** Path and query exactly as sent. */
  readonly path: string;
  /** Undefined where the client gave none. */
  readonly authority: string | undefined;
  /** Names and values in turns, in the order sent; a character is a byte. */
  readonly fields: readonly string[];
  /** Of the body; undefined: not said. */
  readonly contentLength: number | undefined;
  readonly isTooLarge: boolean;
  /** Why the request is malformed and must not be served; undefined: it is not. */
  readonly fault: string | undefined;
}

/** Fields about one HTTP/1.1 connection (section 8.2.2). */
const ofConnections: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

const isName = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const isBrokenValue = /[\0\r\n]/;
const isDigits = /^[0-9]{1,15}$/;

interface PseudoHeaders {
  method?: string;
  path?: string;
  scheme?: string;
  authority?: string;
}

const pseudoNames: ReadonlyMap<string, keyof PseudoHeaders> = new Map([
  [":method", "method"],
  [":path", "path"],
  [":scheme", "scheme"],
  [":authority", "authority"],
]);

/** Reads the blocks of one connection, one after the other. */
export class RequestHeadReader {
  readonly #decoder: HeaderDecoder;
  readonly #limits: HeadLimits;
  #pseudo: PseudoHeaders = {};
  #fields: string[] = [];
  #bytes = 0;
  #isTooLarge = false;
  #contentLength: number | undefined;
  #fault: string | undefined;

  constructor(decoder: HeaderDecoder, limits: HeadLimits) {
    this.#decoder = decoder;
    this.#limits = limits;
  }

  /** Throws Http2Error where the block cannot be decoded; the connection is of no more use then. */
  read(block: Buffer): RequestHead {
    this.#begin();
    this.#decoder.decode(block, this.#onField);
    const { method = "", path = "", authority } = this.#pseudo;
    this.#fault ??= missing(this.#pseudo);
    return {
      method,
      path: method === "CONNECT" ? "/" : path,
      authority,
      fields: this.#fields,
      contentLength: this.#contentLength,
      isTooLarge: this.#isTooLarge,
      fault: this.#fault,
    };
  }

  /** The fields behind a body: nobody asks for them, but they must be well formed. Returns the fault. */
  readTrailers(block: Buffer): string | undefined {
    this.#begin();
    this.#decoder.decode(block, this.#onField);
    const { method, path, scheme, authority } = this.#pseudo;
    const hasPseudo = (method ?? path ?? scheme ?? authority) !== undefined;
    return this.#fault ?? (hasPseudo ? "a pseudo-header behind the body" : undefined);
  }

  #begin(): void {
    this.#pseudo = {};
    this.#fields = [];
    this.#bytes = 0;
    this.#isTooLarge = false;
    this.#contentLength = undefined;
    this.#fault = undefined;
  }

  readonly #onField = (name: string, value: string): void => {
    this.#bytes += name.length + value.length + entryOverhead;
    if (this.#bytes > this.#limits.bytesMax || this.#fields.length >= 2 * this.#limits.fieldsMax) {
      this.#isTooLarge = true;
      return;
    }
    if (name.charCodeAt(0) === 0x3a) this.#fault ??= this.#addPseudo(name, value);
    else {
      this.#fault ??= this.#faultOf(name, value);
      this.#fields.push(name, value);
    }
  };

  #addPseudo(name: string, value: string): string | undefined {
    const key = pseudoNames.get(name);
    if (!key) return `an unknown pseudo-header ${name}`;
    if (this.#fields.length > 0) return `${name} behind other fields`;
    if (this.#pseudo[key] !== undefined) return `${name} twice`;
    this.#pseudo[key] = value;
    return isBrokenValue.test(value) ? `a control character in ${name}` : undefined;
  }

  #faultOf(name: string, value: string): string | undefined {
    if (!isName.test(name)) return "a field name with characters that none may have";
    if (isBrokenValue.test(value)) return `a control character in ${name}`;
    if (ofConnections.has(name)) return `${name} belongs to HTTP/1.1`;
    if (name === "te" && value !== "trailers") return "te other than trailers";
    return name === "content-length" ? this.#addLength(value) : undefined;
  }

  #addLength(value: string): string | undefined {
    if (!isDigits.test(value)) return "a content-length that is no number";
    const isOther = this.#contentLength !== undefined && this.#contentLength !== Number(value);
    this.#contentLength = Number(value);
    return isOther ? "two different lengths of the body" : undefined;
  }
}

function missing({ method, path, scheme, authority }: PseudoHeaders): string | undefined {
  if (!method) return "no :method";
  if (method === "CONNECT") {
    const isPlain = authority !== undefined && path === undefined && scheme === undefined;
    return isPlain ? undefined : "a CONNECT with more than a target";
  }
  if (!scheme) return "no :scheme";
  return path?.startsWith("/") || path === "*" ? undefined : "no :path";
}
