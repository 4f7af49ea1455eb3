// What goes wrong reaches the client's caller as the contract's JSON, and never as a mystery.

import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { describe, test } from "node:test";
import { FunctionsFetchError, FunctionsHttpError, FunctionsRelayError } from "@supabase/supabase-js";
import { clients, errors, urls } from "./stage.mjs";

// What must never reach a client: a trace, a statement, what an exception said to itself.
const SECRETS = /Traceback|File "|select |insert |swordfish/i;

for (const [client, as] of Object.entries(clients)) {
  describe(`${client} is told of`, () => {
    for (const row of errors) {
      // A client that is never without a key is told the same: a key alone is not a user.
      test(`${row.case}: ${row.status} ${row.code}`, async () => {
        const { method, size } = row;
        const body = size ? "x".repeat(size) : row.body;
        const client = as(row.as, urls[row.server ?? "all"]);
        const answer = await client.invoke(row.name, { method, body });
        const { error, details } = await told(answer, row);
        if (row.says) assert.ok(error.includes(row.says), error);
        if (row.field) assert.deepEqual(details.map(({ field }) => field), [row.field]);
        if (row.retry) assert.ok(Number(answer.response.headers.get("retry-after")) > 0);
      });
    }

    test("a method that is not offered, and those that are", async () => {
      const { response } = await as("alice").invoke("failing/reads", { method: "DELETE" });
      assert.deepEqual([response.status, response.headers.get("allow")], [405, "GET, HEAD"]);
    });

    test("a deadlock, of which one side may try again", async () => {
      const alice = as("alice");
      const [one, two] = [randomInt(2 ** 30), 2 ** 30 + randomInt(2 ** 30)];
      const answers = await Promise.all([
        alice.invoke(`notes/lock/${one}/${two}`),
        alice.invoke(`notes/lock/${two}/${one}`),
      ]);
      const loser = answers.find(({ error }) => error);
      assert.deepEqual(answers.map(({ data }) => data).sort(), ["locked", null]);
      await told(loser, { status: 409, code: "RETRY" });
      assert.ok(Number(loser.response.headers.get("retry-after")) > 0);
    });

    test("an error that is a function's own, unchanged", async () => {
      const { error, response } = await as("alice").invoke("failing/json");
      assert.ok(error instanceof FunctionsHttpError);
      assert.deepEqual([response.status, response.headers.get("sb-error-code")], [418, null]);
      assert.deepEqual(await error.context.json(), { error: "Too hot.", degrees: 97 });
      const text = await as("alice").invoke("failing/text");
      assert.ok(text.error instanceof FunctionsHttpError);
      assert.equal(await text.error.context.text(), "Too cold.");
    });

    test("the platform's errors as relay errors, where a setting says so", async () => {
      const { error } = await as("expired", urls.relaying).invoke("documents");
      assert.ok(error instanceof FunctionsRelayError);
      assert.equal((await error.context.json()).code, "UNAUTHORIZED_LEGACY_JWT");
      // What a handler raises is a function's own.
      const nothing = `documents/${crypto.randomUUID()}`;
      const own = await as("alice", urls.relaying).invoke(nothing, { method: "GET" });
      assert.ok(own.error instanceof FunctionsHttpError);
      assert.equal((await own.error.context.json()).code, "NOT_FOUND");
    });

    test("the time that it did not wait for, and nothing is stored", async () => {
      const alice = as("alice");
      const before = await alice.invoke("notes", { method: "GET" });
      const id = randomInt(1000, 2 ** 30);
      const left = await alice.invoke("notes/slowly", { body: { id }, timeout: 300 });
      assert.ok(left.error instanceof FunctionsFetchError);
      assert.equal(left.error.context.name, "AbortError");
      // The same number can only be stored once the first was let go of.
      const again = await alice.invoke("notes", { body: { id } });
      assert.deepEqual([again.error, again.data], [null, id]);
      const after = await alice.invoke("notes", { method: "GET" });
      assert.equal(after.data, before.data + 1);
    });
  });
}

// The body of an error, after every part of the contract was found in it.
async function told({ data, error, response }, { status, code }) {
  assert.ok(error instanceof FunctionsHttpError, `${error} ${error?.context}`);
  assert.equal(data, null);
  assert.deepEqual([response.status, response.headers.get("sb-error-code")], [status, code]);
  assert.equal(response.headers.get("content-type"), "application/json");
  assert.equal(response.headers.get("access-control-allow-origin"), "*");
  assert.equal(response.headers.get("x-relay-error"), null);
  const text = await error.context.text();
  assert.doesNotMatch(text, SECRETS);
  const body = JSON.parse(text);
  assert.equal(body.code, code);
  assert.ok(body.error.length > 0);
  assert.equal(body.message, body.error);
  assert.equal(body.request_id, response.headers.get("x-request-id"));
  return body;
}
