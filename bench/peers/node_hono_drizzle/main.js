// Hono on Node, Drizzle and postgres.js.
import process from "node:process";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { jwt } from "hono/jwt";
import { newest } from "./database.js";

const app = new Hono();
app.use(
  jwt({ secret: process.env.JWT_SECRET, alg: "HS256", verification: { aud: "authenticated" } }),
);
app.get("/newest", async (c) => c.json(await newest(c.get("jwtPayload"))));
app.get("/ping", (c) => c.json({ message: "pong" }));

serve({ fetch: app.fetch, hostname: "127.0.0.1", port: Number(process.env.PORT) });
