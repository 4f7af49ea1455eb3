// A page of another origin calls functions, and reads every answer: no error is hidden by CORS.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { errors, keys, tokens, urls, users } from "../node/stage.mjs";
import { open } from "./page.mjs";

// Who waits for the whole of a stream waits for ever: its end is sent when its beginning is read.
const SECONDS = 20;

let page, preflights, close;

before(async () => {
  ({ page, preflights, close } = await open());
});

after(() => close());

// What JavaScript in the page can read of an answer; where it cannot, why.
function call(name, { as = "alice", server = "all", method = "POST", headers, body, size } = {}) {
  const shown = as === "nobody" ? {} : { authorization: `Bearer ${tokens[as]}` };
  const request = { method, headers: { ...shown, ...headers }, body };
  return page.evaluate(
    async ([url, request, size]) => {
      if (size) request.body = "x".repeat(size);
      try {
        const response = await fetch(url, request);
        const headers = Object.fromEntries(response.headers);
        return { status: response.status, headers, text: await response.text() };
      } catch (error) {
        return { failed: String(error) };
      }
    },
    [`${urls[server]}/functions/v1/${name}`, request, size],
  );
}

describe("a page reads", () => {
  test("an answer for which the browser has asked leave", async () => {
    const body = JSON.stringify({ what: "tea" });
    const headers = { "content-type": "application/json", "x-own": "1", apikey: keys.publishable };
    const before = preflights.length;
    const answer = await call("typed", { body, headers });
    assert.deepEqual([answer.status, answer.text], [200, '{"what":"tea","count":1}']);
    const [preflight, ...others] = preflights.slice(before);
    assert.equal(preflight.status, 204);
    assert.match(preflight.headers["access-control-allow-headers"], /\bx-own\b/);
    assert.deepEqual(others, []);
  });

  test("an answer without being asked who it is", async () => {
    const before = preflights.length;
    const answer = await call("hello", { as: "nobody", method: "GET" });
    assert.deepEqual([answer.status, answer.text], [200, '{"message":"Hello, stranger!"}']);
    assert.equal(preflights.length, before);
  });

  for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]) {
    test(`an answer to ${method}`, async () => {
      const answer = await call(`echo/${method}`, { method });
      assert.deepEqual([answer.status, answer.text], [204, ""]);
    });
  }

  for (const row of errors) {
    test(`${row.case}: ${row.status} ${row.code}`, async () => {
      const { name, as, server, method, size } = row;
      const body = JSON.stringify(row.body);
      const answer = await call(name, { as, server, method, size, body });
      assert.equal(answer.failed, undefined);
      assert.deepEqual([answer.status, answer.headers["sb-error-code"]], [row.status, row.code]);
      const { error, code, message } = JSON.parse(answer.text);
      assert.deepEqual([code, message], [row.code, error]);
      if (row.retry) assert.ok(Number(answer.headers["retry-after"]) > 0);
    });
  }

  test("an error that is a function's own", async () => {
    const answer = await call("failing/text");
    assert.deepEqual([answer.status, answer.text], [418, "Too cold."]);
  });

  test("nothing where its origin is not among those allowed", async () => {
    const answer = await call("hello", { as: "nobody", method: "GET", server: "relaying" });
    assert.deepEqual(answer, { failed: "TypeError: Failed to fetch" });
  });

  test("events while they are made", async () => {
    const name = randomUUID();
    const [first, rest] = await page.evaluate(
      async ([url, name, headers, seconds]) => {
        const signal = AbortSignal.timeout(seconds * 1000);
        const post = (path) =>
          fetch(`${url}/${path}/${name}`, { method: "POST", headers, signal });
        const events = await post("events");
        const reader = events.body.pipeThrough(new TextDecoderStream()).getReader();
        const first = await reader.read();
        await post("next");
        return [first.value, (await reader.read()).value];
      },
      [`${urls.all}/functions/v1/kinds`, name, { authorization: `Bearer ${tokens.alice}` }, SECONDS],
    );
    assert.equal(first, "data: one\n\n");
    assert.equal(rest, "data: two\nevent: last\nid: 2\n\n");
  });
});

describe("supabase-js in the page", () => {
  // What it makes of an invocation, in words that leave the page.
  function invoke(name, { token = tokens.alice, server = "all", form, ...options } = {}) {
    return page.evaluate(
      async ([url, key, token, name, form, options]) => {
        const client = supabase.createClient(url, key, { accessToken: async () => token });
        if (form) {
          options.body = new FormData();
          options.body.set("title", "Grüße");
          options.body.set("file", new File([form], "a.bin"));
        }
        const { data, error } = await client.functions.invoke(name, options);
        if (!error) return { data: data instanceof Blob ? await data.text() : data };
        // Fetch errors have no answer to be read.
        return { name: error.name, body: await error.context.json?.() };
      },
      [urls[server], keys.publishable, token, name, form, options],
    );
  }

  test("calls as its user", async () => {
    const { data } = await invoke("who");
    assert.deepEqual([data.role, data.user_id], ["authenticated", users.alice]);
    assert.match(data.client, /^supabase-js\/.*platform=browser/);
  });

  test("calls with a key alone", async () => {
    assert.equal((await invoke("who", { token: null })).data.role, "anon");
  });

  test("sends a form, and gets a Blob", async () => {
    const { data } = await invoke("upload", { form: "abc" });
    assert.deepEqual([data.title, data.filename, data.size], ["Grüße", "a.bin", 3]);
    assert.equal((await invoke("kinds/pdf")).data.slice(0, 8), "%PDF-1.4");
  });

  test("reads what went wrong", async () => {
    for (const [name, options, code] of [
      ["nowhere", {}, "NOT_FOUND"],
      ["typed", { body: { what: 1 } }, "VALIDATION_ERROR"],
      ["failing/raises", {}, "EDGE_FUNCTION_ERROR"],
      ["who", { token: tokens.expired }, "UNAUTHORIZED_LEGACY_JWT"],
      ["hello", { server: "down" }, "DATABASE_UNAVAILABLE"],
    ]) {
      const { name: kind, body } = await invoke(name, options);
      assert.deepEqual([kind, body?.code], ["FunctionsHttpError", code]);
    }
  });
});
