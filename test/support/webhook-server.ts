/** An HTTPS server of webhooks in this process, which remembers what it was asked. */
import https from "node:https";
import type { AddressInfo } from "node:net";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { issueAuthority, issueLeaf } from "#pkg/pki/index.ts";

interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export interface Question {
  readonly uid: string;
  readonly kind: Kind;
  readonly requestKind: Kind;
  readonly requestResource: object;
  readonly subResource?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly operation: string;
  readonly userInfo: { readonly username: string };
  readonly object: KubeObject | null;
  readonly oldObject: KubeObject | null;
  readonly dryRun: boolean;
  readonly options: Record<string, unknown> | null;
}

export type Answer = (question: Question) => object | Promise<object>;

export interface WebhookServer extends AsyncDisposable {
  /** Without a slash at its end. */
  readonly url: string;
  /** PEM of the authority that signed its certificate, in base64. */
  readonly caBundle: string;
  /** What is answered at a path; the uid is the question's unless the answer has one. */
  answer(path: string, answer: Answer): void;
  questions(path: string): readonly Question[];
  forget(): void;
}

export async function startWebhookServer(): Promise<WebhookServer> {
  const now = new Date();
  const authority = await issueAuthority({ path: "ca", commonName: "webhooks" }, now);
  const leaf = { path: "hook", authority: "ca", commonName: "webhook", organizations: [], usages: ["server"] as const };
  const pair = await issueLeaf({ ...leaf, dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"] }, authority, now);
  const answers = new Map<string, Answer>();
  const asked = new Map<string, Question[]>();
  const handle = async (path: string, body: Buffer): Promise<string> => {
    const { request, apiVersion } = JSON.parse(body.toString()) as { request: Question; apiVersion: string };
    const seen = asked.get(path) ?? [];
    seen.push(request);
    asked.set(path, seen);
    const response = { uid: request.uid, ...(await answers.get(path)?.(request)) };
    return JSON.stringify({ apiVersion, kind: "AdmissionReview", response });
  };
  const server = https.createServer({ cert: pair.certificate, key: pair.key }, (request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const { pathname } = new URL(request.url ?? "/", "https://localhost");
      handle(pathname, Buffer.concat(parts)).then(
        (text) => response.writeHead(200, { "content-type": "application/json" }).end(text),
        (error: Error) => response.writeHead(500).end(error.message),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    caBundle: Buffer.from(authority.certificate).toString("base64"),
    answer: (path, answer) => void answers.set(path, answer),
    questions: (path) => asked.get(path) ?? [],
    forget: () => asked.clear(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
