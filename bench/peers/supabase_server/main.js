// Supabase's own package, with its Postgres middleware, in the documented form. It verifies
// tokens by JWKS alone, so the shared secret is given as one. Unlike every other peer it keeps
// a pool of connections in the process.
import process from "node:process";
import { serve } from "@hono/node-server";
import { pipeline } from "@supabase/middleware";
import { withRequiredClaims } from "@supabase/server/middleware/required-claims";
import { withPostgresClient } from "@supabase/server/middleware/postgres";

const env = process.env;
const secret = Buffer.from(env.JWT_SECRET).toString("base64url");
const jwks = { keys: [{ kty: "oct", alg: "HS256", kid: env.JWT_KID, k: secret }] };

const address = new URL(`postgresql://localhost/${env.PGDATABASE}`);
address.username = env.PGUSER;
address.password = env.PGPASSWORD ?? "";
if (env.PGHOST.startsWith("/")) {
  address.searchParams.set("host", env.PGHOST);
} else {
  address.hostname = env.PGHOST;
}
address.port = env.PGPORT;
if (env.PGSSLROOTCERT) {
  address.searchParams.set("sslmode", "verify-full");
  address.searchParams.set("sslrootcert", env.PGSSLROOTCERT);
}

const claims = withRequiredClaims({ jwks, audience: "authenticated" });
const database = withPostgresClient({ connectionString: address.href, pool: { max: 8 } });

const newest = pipeline([claims, database], async (_request, context) =>
  Response.json(
    await context.postgres.query`
      select id, filename, file_type, file_size, status, created_at, updated_at
      from documents order by created_at desc, id desc limit 20
    `,
  ),
);
const ping = pipeline([claims], async () => Response.json({ message: "pong" }));
const routes = { "/newest": newest, "/ping": ping };

serve({
  fetch: (request) =>
    routes[new URL(request.url).pathname]?.(request, {}) ?? new Response(null, { status: 404 }),
  hostname: "127.0.0.1",
  port: Number(env.PORT),
});
