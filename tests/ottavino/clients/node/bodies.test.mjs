// What is sent comes back: every kind of body, by every method, as every kind of content.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import { clients } from "./stage.mjs";

const BYTES = new Uint8Array([0xff, 0x00, 0xfe]);

const METHODS = ["POST", "PUT", "PATCH", "DELETE"];

for (const [client, as] of Object.entries(clients)) {
  const alice = as("alice");

  // The data of an invocation that succeeds.
  async function data(name, options) {
    const { data, error } = await alice.invoke(name, options);
    assert.equal(error, null, await error?.context?.text?.());
    return data;
  }

  describe(`${client} sends`, () => {
    for (const method of METHODS) {
      test(`JSON by ${method}`, async () => {
        const body = { text: "Grüße", list: [1, null, { deep: true }] };
        const { data, response } = await alice.invoke("echo", { method, body });
        assert.deepEqual(data, body);
        assert.equal(response.headers.get("x-method"), method);
      });

      test(`no body by ${method}`, async () => {
        const { data, response } = await alice.invoke("echo", { method });
        assert.deepEqual([data, response.status], ["", 204]);
        assert.equal(response.headers.get("x-method"), method);
      });
    }

    for (const method of ["GET", "HEAD"]) {
      test(`a ${method}`, async () => {
        const { data, response } = await alice.invoke("echo", { method });
        assert.deepEqual([data, response.status], ["", 204]);
        assert.equal(response.headers.get("x-method"), method);
      });
    }

    test("POST where no method is named", async () => {
      const { response } = await alice.invoke("echo");
      assert.equal(response.headers.get("x-method"), "POST");
    });

    test("a list", async () => {
      assert.deepEqual(await data("echo", { body: [1, "two"] }), [1, "two"]);
    });

    test("text", async () => {
      assert.equal(await data("echo", { body: "Grüße" }), "Grüße");
    });

    test("bytes", async () => {
      const blob = await data("echo", { body: BYTES.buffer });
      assert.equal(blob.type, "application/octet-stream");
      assert.deepEqual(new Uint8Array(await blob.arrayBuffer()), BYTES);
    });

    test("a Blob of a type", async () => {
      const blob = await data("echo", { body: new Blob([BYTES], { type: "application/pdf" }) });
      assert.equal(blob.type, "application/pdf");
      assert.deepEqual(new Uint8Array(await blob.arrayBuffer()), BYTES);
    });

    test("FormData", async () => {
      const form = await data("echo", { body: aForm(BYTES) });
      assert.equal(form.get("title"), "Grüße");
      assert.deepEqual(new Uint8Array(await form.get("file").arrayBuffer()), BYTES);
    });

    test("a megabyte", async () => {
      const text = "0123456789abcdef".repeat(2 ** 16);
      assert.equal(await data("echo", { body: text }), text);
    });
  });

  describe(`${client} fills`, () => {
    const order = { what: "tea", count: 2 };

    for (const method of ["POST", "PUT", "PATCH"]) {
      test(`a typed body by ${method}`, async () => {
        assert.deepEqual(await data("typed", { method, body: order }), order);
      });
    }

    for (const method of ["GET", "DELETE"]) {
      test(`a typed query by ${method}`, async () => {
        assert.deepEqual(await data("typed?what=tea&count=2", { method }), order);
      });
    }

    test("a typed body with JSON that was written by hand, and is sent as text", async () => {
      assert.deepEqual(await data("typed", { body: JSON.stringify(order) }), order);
    });

    test("a list", async () => {
      assert.equal(await data("typed/list", { body: [order, order] }), 2);
    });

    test("a body that may be absent", async () => {
      assert.equal(await data("typed/if-any"), false);
      assert.equal(await data("typed/if-any", { body: order }), true);
    });

    test("a path", async () => {
      assert.equal(await data("typed/7"), 7);
    });

    test("a form with a file", async () => {
      // Larger than what is kept in memory.
      const content = new Uint8Array(2 ** 21).fill(7);
      assert.deepEqual(await data("upload", { body: aForm(content) }), {
        title: "Grüße",
        filename: "a file.bin",
        type: "application/x-own",
        size: content.length,
        sha256: createHash("sha256").update(content).digest("hex"),
      });
    });
  });
}

function aForm(content) {
  const form = new FormData();
  form.set("title", "Grüße");
  form.set("file", new File([content], "a file.bin", { type: "application/x-own" }));
  return form;
}
