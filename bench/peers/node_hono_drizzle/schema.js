import { bigint, pgTable, text, timestamp, uuid } from "drizzle-orm/pg-core";

export const documents = pgTable("documents", {
  id: uuid("id").primaryKey(),
  filename: text("filename").notNull(),
  file_type: text("file_type").notNull(),
  file_size: bigint("file_size", { mode: "number" }).notNull(),
  status: text("status").notNull(),
  created_at: timestamp("created_at", { withTimezone: true, mode: "string" }).notNull(),
  updated_at: timestamp("updated_at", { withTimezone: true, mode: "string" }).notNull(),
});
