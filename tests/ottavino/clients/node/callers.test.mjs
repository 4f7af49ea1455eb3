// Who a client is taken for, and what that lets it do: with a key, a token, or a session.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FunctionRegion, FunctionsClient } from "@supabase/functions-js";
import { clients, keys, supabase, tokens, urls, users } from "./stage.mjs";

async function shown(functions, options) {
  const { data, error } = await functions.invoke("who", options);
  assert.equal(error, null, await error?.context?.text?.());
  return [data.role, data.user_id];
}

describe("supabase-js is", () => {
  const cases = {
    "anon with a publishable key": [supabase(), ["anon", null]],
    "anon with a token for a key": [supabase({}, tokens.anon), ["anon", null]],
    "service_role with a secret key": [supabase({}, keys.secret), ["service_role", null]],
    "service_role with a token for a key": [supabase({}, tokens.service), ["service_role", null]],
    "a user with an access token": [
      supabase({ accessToken: async () => tokens.alice }),
      ["authenticated", users.alice],
    ],
    "a user with an access token that a private key signed": [
      supabase({ accessToken: async () => tokens.alice_with_a_key }),
      ["authenticated", users.alice],
    ],
    "a user with a header of its own": [
      supabase({ global: { headers: { Authorization: `Bearer ${tokens.bob}` } } }),
      ["authenticated", users.bob],
    ],
    "a user with a session in the browser's storage": [
      supabase({ auth: { storage: signedIn(tokens.alice), autoRefreshToken: false } }),
      ["authenticated", users.alice],
    ],
  };
  for (const [name, [client, expected]] of Object.entries(cases)) {
    test(name, async () => assert.deepEqual(await shown(client.functions), expected));
  }

  test("whoever the headers of one invocation show", async () => {
    const headers = { Authorization: `Bearer ${tokens.bob}` };
    const { functions } = supabase({ accessToken: async () => tokens.alice });
    assert.deepEqual(await shown(functions, { headers }), ["authenticated", users.bob]);
  });
});

describe("functions-js is", () => {
  test("whoever setAuth was told", async () => {
    const client = new FunctionsClient(`${urls.all}/functions/v1`);
    assert.deepEqual(await shown(client), ["anon", null]);
    client.setAuth(tokens.alice);
    assert.deepEqual(await shown(client), ["authenticated", users.alice]);
  });

  test("anon with a key alone", async () => {
    const headers = { apikey: keys.publishable };
    const client = new FunctionsClient(`${urls.all}/functions/v1`, { headers });
    assert.deepEqual(await shown(client), ["anon", null]);
  });
});

for (const [client, as] of Object.entries(clients)) {
  describe(`${client} meets the project's functions, served as they are`, () => {
    const [alice, bob] = ["alice", "bob"].map((name) => as(name, urls.relaying));

    test("hello", async () => {
      const { data } = await alice.invoke("hello");
      assert.deepEqual(data, { message: "Hello, Alice!" });
      const nobody = await as("nobody", urls.relaying).invoke("hello", { method: "GET" });
      assert.deepEqual(nobody.data, { message: "Hello, stranger!" });
    });

    test("a document, from its beginning to its end, which Bob never sees", async () => {
      const body = { filename: `${client} O'Hara.txt`, content: "A small flute." };
      const added = await alice.invoke("documents", { body });
      assert.deepEqual([added.response.status, added.data.filename], [201, body.filename]);

      const address = `documents/${added.data.id}`;
      const read = await alice.invoke(address, { method: "GET" });
      assert.equal(read.data.content, body.content);
      const renamed = await alice.invoke(address, { method: "PATCH", body: { filename: "b" } });
      assert.equal(renamed.data.filename, "b");

      const stranger = await bob.invoke(address, { method: "GET" });
      assert.equal((await stranger.error.context.json()).code, "NOT_FOUND");
      const search = "documents?q=flute&limit=100";
      assert.equal((await bob.invoke(search, { method: "GET" })).data.items.length, 0);
      assert.equal((await alice.invoke(search, { method: "GET" })).data.items.length, 1);

      const deleted = await alice.invoke(address, { method: "DELETE" });
      assert.deepEqual([deleted.error, deleted.response.status], [null, 204]);
      const gone = await alice.invoke(address, { method: "DELETE" });
      assert.equal((await gone.error.context.json()).code, "NOT_FOUND");
    });

    test("with a region, which makes no difference", async () => {
      const region = FunctionRegion.EuCentral1;
      // A query that is typed takes nothing that it does not know.
      const { data, error } = await alice.invoke("documents?limit=1", { method: "GET", region });
      assert.equal(error, null);
      assert.ok("next" in data);
    });
  });
}

// A storage in which the session of somebody who has signed in was left.
function signedIn(access_token) {
  const session = {
    access_token,
    refresh_token: "not needed",
    token_type: "bearer",
    expires_in: 3600,
    expires_at: Math.floor(Date.now() / 1000) + 3600,
    user: { id: users.alice },
  };
  return { getItem: () => JSON.stringify(session), setItem() {}, removeItem() {} };
}
