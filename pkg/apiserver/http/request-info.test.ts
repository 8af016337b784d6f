import assert from "node:assert/strict";
import { test } from "node:test";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import { parseRequestInfo } from "./request-info.ts";

const rows = [
  {
    url: "/api/v1/namespaces/a/pods/b/log?follow=true",
    method: "GET",
    want: { plural: "pods", namespace: "a", name: "b", subresource: "log", verb: "get" },
  },
  {
    url: "/api/v1/pods?watch=1",
    method: "GET",
    want: { plural: "pods", namespace: "", name: "", subresource: "", verb: "watch" },
  },
  {
    url: "/api/v1/watch/namespaces/a/pods",
    method: "GET",
    want: { plural: "pods", namespace: "a", name: "", subresource: "", verb: "watch" },
  },
  {
    url: "/api/v1/namespaces/a",
    method: "DELETE",
    want: { plural: "namespaces", namespace: "a", name: "a", subresource: "", verb: "delete" },
  },
  {
    url: "/api/v1/namespaces/a/finalize",
    method: "PUT",
    want: { plural: "namespaces", namespace: "a", name: "a", subresource: "finalize", verb: "update" },
  },
  {
    url: "/apis/apps/v1/namespaces/a/deployments",
    method: "DELETE",
    want: { plural: "deployments", namespace: "a", name: "", subresource: "", verb: "deletecollection" },
  },
  {
    url: "/api/v1/nodes?fieldSelector=metadata.name%3Dn1",
    method: "GET",
    want: { plural: "nodes", namespace: "", name: "n1", subresource: "", verb: "list" },
  },
];

for (const { url, method, want } of rows) {
  test(`${method} ${url}`, () => {
    const { resource } = parseRequestInfo(method, url);
    assert.ok(resource);
    const { plural, namespace, name, subresource, verb } = resource;
    assert.deepEqual({ plural, namespace, name, subresource, verb }, want);
  });
}

for (const url of ["/%zz", "/api/v1/namespaces/../pods", "/api/v1/namespaces/a%2Fb/pods", "/api/v1/nodes/%00"]) {
  test(`${url} is refused`, () => {
    assert.throws(
      () => parseRequestInfo("GET", url),
      (error) => error instanceof StatusError && error.code === 400,
    );
  });
}

for (const url of ["/healthz", "/apis/apps", "/api/v1", "/"]) {
  test(`${url} is no resource`, () => assert.equal(parseRequestInfo("GET", url).resource, undefined));
}
