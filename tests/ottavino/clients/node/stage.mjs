// The stage as `python -m tests.ottavino.clients` built it, and the clients that meet it there.

import { readFileSync } from "node:fs";
import { FunctionsClient } from "@supabase/functions-js";
import { createClient } from "@supabase/supabase-js";
import WebSocket from "ws";

if (!process.env.STAGE) {
  throw new Error("There is no server to call. Run this by `make test-clients`.");
}

export const { urls, keys, users, tokens } = JSON.parse(process.env.STAGE);

export const errors = JSON.parse(readFileSync(new URL("../errors.json", import.meta.url)));

// A project's client. Before Node 22 there is no WebSocket, which it looks for at once.
export function supabase(options = {}, key = keys.publishable, url = urls.all) {
  return createClient(url, key, { realtime: { transport: WebSocket }, ...options });
}

// Somebody's client: a name of one of the tokens, or nobody, who shows a key where there is one.
export const clients = {
  "functions-js": (name, url = urls.all) => {
    const headers = name === "nobody" ? {} : { Authorization: `Bearer ${tokens[name]}` };
    return new FunctionsClient(`${url}/functions/v1`, { headers });
  },
  "supabase-js": (name, url = urls.all) =>
    supabase({ accessToken: async () => tokens[name] ?? null }, keys.publishable, url).functions,
};
