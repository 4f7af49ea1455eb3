// Drizzle over postgres.js, as Supabase's documentation shows it for functions: a client for
// each invocation, without prepared statements, closed at its end.
import { readFileSync } from "node:fs";
import process from "node:process";
import { desc, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import { documents } from "./schema.js";

const env = process.env;
const options = {
  host: env.PGHOST,
  port: Number(env.PGPORT),
  user: env.PGUSER,
  password: env.PGPASSWORD,
  database: env.PGDATABASE,
  ssl: env.PGSSLROOTCERT ? { ca: readFileSync(env.PGSSLROOTCERT, "utf8") } : false,
  max: 1,
  prepare: false,
  // It would ask for the array types of the database on every new connection.
  fetch_types: false,
};

async function asCaller(claims, query) {
  const client = postgres(options);
  try {
    return await drizzle({ client }).transaction(async (tx) => {
      await tx.execute(sql`
        select
          set_config('role', ${claims.role}, true),
          set_config('request.jwt.claims', ${JSON.stringify(claims)}, true)
      `);
      return await query(tx);
    });
  } finally {
    await client.end();
  }
}

export function newest(claims) {
  return asCaller(claims, (tx) =>
    tx.select().from(documents).orderBy(desc(documents.created_at), desc(documents.id)).limit(20)
  );
}
