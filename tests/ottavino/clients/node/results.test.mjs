// What a function returns is what the client's caller gets, in the type that was meant.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";
import { clients } from "./stage.mjs";

// Who waits for the whole of a stream waits for ever: its end is sent when its beginning is read.
const SECONDS = 20;

for (const [client, as] of Object.entries(clients)) {
  const alice = as("alice");

  async function data(name, options) {
    const { data, error } = await alice.invoke(name, options);
    assert.equal(error, null, (await error?.context?.text?.()) ?? error?.message);
    return data;
  }

  describe(`${client} gets`, () => {
    test("JSON as values", async () => {
      assert.deepEqual(await data("kinds/json"), { values: ["ä", 1, null] });
      assert.deepEqual(await data("kinds/json", { method: "GET" }), { values: ["ä", 1, null] });
    });

    test("text as a string", async () => {
      assert.equal(await data("kinds/text"), "Grüße");
    });

    test("bytes as a Blob", async () => {
      const blob = await data("kinds/bytes");
      assert.equal(blob.type, "application/octet-stream");
      assert.deepEqual([...new Uint8Array(await blob.arrayBuffer())], [0xff, 0x00, 0xfe]);
    });

    test("a PDF as a Blob", async () => {
      const blob = await data("kinds/pdf");
      assert.equal(blob.type, "application/pdf");
      assert.equal((await blob.text()).slice(0, 8), "%PDF-1.4");
    });

    test("a form as FormData", async () => {
      const form = await data("kinds/form");
      assert.equal(form.get("title"), "Grüße");
      assert.equal(form.get("file").name, "a.bin");
      assert.equal(await form.get("file").text(), "abc");
    });

    test("nothing as an empty string", async () => {
      const { data, error, response } = await alice.invoke("kinds/nothing");
      assert.deepEqual([data, error, response.status], ["", null, 204]);
      assert.equal(response.headers.get("content-type"), null);
    });

    test("JSON of another name as a string", async () => {
      assert.equal(await data("kinds/problem"), '{"title":"x"}');
    });

    test("events while they are made", async () => {
      const name = randomUUID();
      const signal = AbortSignal.timeout(SECONDS * 1000);
      const response = await data(`kinds/events/${name}`, { signal });
      assert.ok(response instanceof Response);
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      assert.equal((await reader.read()).value, "data: one\n\n");
      await data(`kinds/next/${name}`);
      assert.equal((await reader.read()).value, "data: two\nevent: last\nid: 2\n\n");
      assert.equal((await reader.read()).done, true);
    });
  });
}
