// Deno's own server, Drizzle and postgres.js: the stack of a Supabase Edge Function.
import { jwtVerify } from "jose";
import { newest } from "./database.js";

const secret = new TextEncoder().encode(Deno.env.get("JWT_SECRET"));

async function callerOf(request) {
  const token = request.headers.get("authorization")?.replace(/^Bearer /, "") ?? "";
  const { payload } = await jwtVerify(token, secret, {
    algorithms: ["HS256"],
    audience: "authenticated",
  });
  return payload;
}

async function answer(request) {
  let claims;
  try {
    claims = await callerOf(request);
  } catch {
    return Response.json({ error: "Unauthorized" }, { status: 401 });
  }
  switch (new URL(request.url).pathname) {
    case "/newest":
      return Response.json(await newest(claims));
    case "/ping":
      return Response.json({ message: "pong" });
    default:
      return Response.json({ error: "Not found" }, { status: 404 });
  }
}

Deno.serve({ hostname: "127.0.0.1", port: Number(Deno.env.get("PORT")) }, answer);
