/**
 * The tables of this service in Drizzle, queries over them, and mistakes in those queries.
 *
 * A line that ends in a number and a sentence holds one mistake; `in_ottavino.py` has the same
 * mistake under the same number, and `compare.py` shows which checker reports it. The other
 * lines are right, and have to be reported by neither.
 */
import { and, asc, count, desc, eq, gt, ilike, inArray, isNull, relations, sql, sum } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import {
  bigint, foreignKey, index, integer, jsonb, numeric, pgPolicy, pgTable, text, timestamp, uuid,
} from 'drizzle-orm/pg-core';
import { authenticatedRole, authUsers } from 'drizzle-orm/supabase';

const REQUEST_TYPES = ['chat', 'summarize', 'analyze', 'extract'] as const;
const REQUEST_STATES = ['pending', 'processing', 'completed', 'failed', 'cancelled'] as const;
const DOCUMENT_STATES = ['pending', 'processing', 'ready', 'failed'] as const;
const PLANS = ['free', 'pro', 'enterprise'] as const;
const SUBSCRIPTIONS = ['inactive', 'trialing', 'active', 'past_due', 'canceled'] as const;

const id = () => uuid().primaryKey().defaultRandom();
const owner = () =>
  uuid().notNull().default(sql`auth.uid()`).references(() => authUsers.id, { onDelete: 'cascade' });
const money = () => numeric({ precision: 14, scale: 6 });
const moment = () => timestamp({ withTimezone: true });
const createdAt = () => moment().notNull().defaultNow();
const updatedAt = () => moment().notNull().defaultNow();

export const userProfiles = pgTable('user_profiles', {
  id: uuid().primaryKey().references(() => authUsers.id, { onDelete: 'cascade' }),
  fullName: text().notNull().default(''),
  planType: text({ enum: PLANS }).notNull().default('free'),
  usageCount: integer().notNull().default(0),
  subscriptionStatus: text({ enum: SUBSCRIPTIONS }).notNull().default('inactive'),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
}, (t) => [
  pgPolicy('owner_select', { for: 'select', to: authenticatedRole, using: sql`${t.id} = (select auth.uid())` }),
  index().on(t.subscriptionStatus),
]);

export const documents = pgTable('documents', {
  id: id(),
  userId: owner(),
  filename: text().notNull(),
  fileType: text().notNull(),
  fileSize: bigint({ mode: 'number' }).notNull(),
  status: text({ enum: DOCUMENT_STATES }).notNull().default('pending'),
  content: text(),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
}, (t) => [
  pgPolicy('owner', {
    to: authenticatedRole,
    using: sql`${t.userId} = (select auth.uid())`,
    withCheck: sql`${t.userId} = (select auth.uid())`,
  }),
  index().on(t.userId, t.createdAt.desc(), t.id.desc()),
]);

export const documentChunks = pgTable('document_chunks', {
  id: id(),
  userId: owner(),
  documentId: uuid().notNull(),
  chunkIndex: integer().notNull(),
  sectionTitle: text(),
  content: text().notNull(),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
}, (t) => [
  pgPolicy('owner_select', { for: 'select', to: authenticatedRole, using: sql`${t.userId} = (select auth.uid())` }),
  foreignKey({
    columns: [t.documentId, t.userId],
    foreignColumns: [documents.id, documents.userId],
  }).onDelete('cascade'),
]);

export const agentSessions = pgTable('agent_sessions', {
  id: id(),
  userId: owner(),
  requestChain: jsonb().$type<string[]>().notNull().default([]),
  contextState: jsonb().$type<Record<string, unknown>>().notNull().default({}),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
}, (t) => [
  pgPolicy('owner', { to: authenticatedRole, using: sql`${t.userId} = (select auth.uid())` }),
]);

export const agentRequests = pgTable('agent_requests', {
  id: id(),
  userId: owner(),
  sessionId: uuid(),
  requestType: text({ enum: REQUEST_TYPES }).notNull(),
  content: text().notNull(),
  status: text({ enum: REQUEST_STATES }).notNull().default('pending'),
  progress: integer().notNull().default(0),
  results: jsonb().$type<Record<string, unknown>>(),
  tokensUsed: integer().notNull().default(0),
  cost: money().notNull().default('0'),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
}, (t) => [
  pgPolicy('owner_select', { for: 'select', to: authenticatedRole, using: sql`${t.userId} = (select auth.uid())` }),
  foreignKey({
    columns: [t.sessionId, t.userId],
    foreignColumns: [agentSessions.id, agentSessions.userId],
  }),
]);

export const usageEvents = pgTable('usage_events', {
  id: id(),
  userId: owner(),
  requestType: text({ enum: REQUEST_TYPES }).notNull(),
  tokensUsed: integer().notNull(),
  cost: money().notNull(),
  occurredAt: moment().notNull().defaultNow(),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
}, (t) => [
  pgPolicy('owner_select', { for: 'select', to: authenticatedRole, using: sql`${t.userId} = (select auth.uid())` }),
]);

type Size = { width: number; height: number };

/** What the six tables do not have: JSON of a declared shape, and rules with mistakes. */
export const notes = pgTable('notes', {
  id: id(),
  userId: owner(),
  body: text().notNull(),
  size: jsonb().$type<Size>().notNull(),
  number: integer().notNull().default('1'), // 55 a default of another type
}, (t) => [
  pgPolicy('owner', { to: authenticatedRole, using: sql`${t.userId} = (select auth.uid())` }),
  pgPolicy('a', { using: sql`${t.usrId} = (select auth.uid())` }), // 56 a policy on a misspelt column
  pgPolicy('b', { using: sql`usr_id = (select auth.uid())` }), // 57 a policy on a misspelt column, in SQL
  pgPolicy('c', { to: 'authenticatd', using: sql`true` }), // 58 a policy for a misspelt role
  pgPolicy('d', { for: 'drop', using: sql`true` }), // 59 a policy for a command that is none
  // There are no grants. // 60 a grant on a misspelt column
  index().on(t.bdy.desc()), // 61 an index on a misspelt column
]);

const documentsRelations = relations(documents, ({ many }) => ({ chunks: many(documentChunks) }));
const chunksRelations = relations(documentChunks, ({ one }) => ({
  document: one(documents, { fields: [documentChunks.documentId], references: [documents.id] }),
}));

const schema = { documents, documentChunks, documentsRelations, chunksRelations };
declare const db: NodePgDatabase<typeof schema>;
declare const someone: string;

export async function reading() {
  // Some columns.
  await db.select({ id: documents.id, filename: documents.filename }).from(documents);
  db.select({ filename: documents.filname }).from(documents); // 1 a misspelt column, selected

  // Conditions.
  await db.select().from(documents).where(and(gt(documents.fileSize, 1), eq(documents.filename, 'a')));
  await db.select().from(documents).where(eq(documents.status, 'ready'));
  await db.select().from(documents).where(isNull(documents.content));
  await db.select().from(documents).where(ilike(documents.filename, 'a%'));
  await db.select().from(documents).where(inArray(documents.id, [someone]));
  db.select().from(documents).where(eq(documents.filname, 'a.txt')); // 2 a misspelt column in a condition
  db.select().from(documents).where(eq(documents.filename, 1)); // 3 text compared with a number
  db.select().from(documents).where(gt(documents.fileSize, '1')); // 4 a number compared with text
  db.select().from(documents).where(gt(documents.createdAt, '2026-01-01')); // 5 a moment compared with text
  db.select().from(documents).where(eq(documents.status, 'redy')); // 6 a misspelt value of an enum
  db.select().from(documents).where(eq(documents.filename, null)); // 7 null compared with what is never null
  db.select().from(documents).where(eq(documents.id, 'a.txt')); // 8 an id compared with any text
  db.select().from(documents).where(eq(documents.id, documents.filename)); // 9 columns of different types compared
  db.select().from(documents).where(eq(documents.id, documents.userId)); // 10 a document's id compared with a user's
  db.select().from(documents).where(ilike(documents.fileSize, '1%')); // 11 a pattern for a number
  db.select().from(documents).where(inArray(documents.id, [1])); // 12 a list of values of another type
  db.select().from(documents).where(eq(documents.filename, 'a') && gt(documents.fileSize, 1)); // 13 the language's `and` between conditions
  db.select().from(documents).where(undefined); // 14 no condition where one was meant
  db.select().from(documentChunks).where(eq(documents.filename, 'a')); // 15 a condition on a table that is not read

  // Order.
  await db.select().from(documents).orderBy(desc(documents.createdAt), asc(documents.id)).limit(20);
  db.select().from(documents).orderBy(desc(documents.creatd)); // 16 a misspelt column in the order

  // Rows.
  const rows = await db.select({ id: documents.id, content: documents.content }).from(documents);
  rows[0].content?.toUpperCase();
  rows[0].content.toUpperCase(); // 17 a value that may be null, used as if it were not
  rows[0].filename; // 18 a column that was not selected
  const [first] = await db.select({ filename: documents.filename }).from(documents).limit(1);
  first.filename; // 19 a first row that may be absent
  for (const each of db.select().from(documents)) { each; } // 20 rows of a query that was not awaited
  db.delete(documents).where(eq(documents.id, someone)); // 21 a write that was not awaited

  // Rows of a declared shape.
  type Label = { id: string; text: string };
  const labels: Label[] = await db.select({ id: documents.id, text: documents.filename }).from(documents);
  const short: Label[] = await db.select({ id: documents.id }).from(documents); // 22 a shape with a field that was not selected
  const loose: Label[] = await db.select({ id: documents.id, text: documents.content }).from(documents); // 23 a shape with a field that may be null
  type Kind = { filename: string; fileType: string };
  const kinds: Kind[] = await db.select({ filename: documents.fileType, fileType: documents.filename }).from(documents); // 24 two columns of one type in each other's place
  // Rows have names. // 25 two values of a row taken in each other's place
  return { labels, short, loose, kinds };
}

export async function joining() {
  const chunks = db.select({ content: documentChunks.content, filename: documents.filename })
    .from(documentChunks)
    .innerJoin(documents, eq(documentChunks.documentId, documents.id));
  await chunks.where(eq(documents.filename, 'a.txt'));
  const bare = db.select({ id: documentChunks.id }).from(documentChunks);
  const on = eq(documentChunks.documentId, documents.id);
  db.select({ name: documents.filname }).from(documentChunks).innerJoin(documents, on); // 26 a misspelt column of a parent
  db.select({ name: documents.filename }).from(documentChunks); // 27 a column of a table that was not joined
  bare.innerJoin(documents, eq(documentChunks.id, documents.id)); // 28 a join on the wrong column

  const times = await db.select({ id: agentRequests.id, since: agentSessions.createdAt })
    .from(agentRequests)
    .leftJoin(agentSessions, eq(agentRequests.sessionId, agentSessions.id));
  times[0].since?.getTime();
  times[0].since.getTime(); // 29 a column of a parent that may be absent
}

export async function computing() {
  const sums = await db.select({ type: usageEvents.requestType, events: count(usageEvents.id), cost: sum(usageEvents.cost) })
    .from(usageEvents)
    .groupBy(usageEvents.requestType);
  sums[0].events + 1;
  db.select({ total: sum(documents.filename) }).from(documents); // 30 the sum of text
  sums[0].cost * 2; // 31 a sum over maybe no rows, used as a number
  sums[0].events.toUpperCase(); // 32 a count used as text
  db.select({ type: usageEvents.requestType, events: count() }).from(usageEvents); // 33 a column beside an aggregate, without grouping
}

export async function json() {
  await db.insert(notes).values({ body: 'x', size: { width: 1, height: 2 } });
  db.insert(notes).values({ body: 'x', size: { width: 1 } }); // 34 JSON without a field
  db.insert(notes).values({ body: 'x', size: { width: 1, height: '2' } }); // 35 JSON with a field of another type
  const rows = await db.select({ size: notes.size }).from(notes);
  rows[0].size.width + 1;
  rows[0].size.depth; // 36 a field that the JSON does not have
  const requests = await db.select({ results: agentRequests.results }).from(agentRequests);
  Object.keys(requests[0].results); // 37 JSON that may be null
}

export async function writing() {
  const file = { filename: 'a.txt', fileType: 'text/plain', fileSize: 1 };
  await db.insert(documents).values(file);
  await db.insert(usageEvents).values({ requestType: 'chat', tokensUsed: 1, cost: '0.5' });
  db.insert(documents).values({ filename: 'a.txt', fileType: 'text/plain' }); // 38 an insert without a required column
  db.insert(documents).values({ filename: 'a.txt', fileType: 'text/plain', fileSize: 1, conten: 'x' }); // 39 an insert with a misspelt column
  db.insert(documents).values({ filename: 'a.txt', fileType: 'text/plain', fileSize: '1' }); // 40 an insert with a value of another type
  db.insert(documents).values({ filename: null, fileType: 'text/plain', fileSize: 1 }); // 41 an insert with null for what is never null
  db.insert(agentRequests).values({ requestType: 'chatt', content: 'Why?' }); // 42 an insert with a misspelt value of an enum
  db.insert(usageEvents).values({ requestType: 'chat', tokensUsed: 1, cost: 0.5 }); // 43 money as a float
  db.insert(usageEvents).values({ requestType: 'chat', tokensUsed: 1, cost: 'much' }); // 44 money as any text
  db.insert(documents).values({ ...file, updatedAt: new Date(0) }); // 45 a value for what the database keeps

  await db.update(documents).set({ filename: 'b.txt', content: null }).where(eq(documents.id, someone));
  await db.update(userProfiles).set({ usageCount: sql`${userProfiles.usageCount} + 1` });
  db.update(documents).set({ filname: 'b.txt' }); // 46 an update of a misspelt column
  db.update(documents).set({ filename: 1 }); // 47 an update with a value of another type
  db.update(documents).set({ filename: null }); // 48 an update with null for what is never null
  db.update(userProfiles).set({ planType: 'gold' }); // 49 an update with a misspelt value of an enum
  db.update(userProfiles).set({ fullName: sql`${userProfiles.usageCount} + 1` }); // 50 an update with what is computed, of another type
  db.update(documents).set({ fullName: 'Alice' }); // 51 an update of another table's column

  const [made] = await db.insert(documents).values(file).returning({ id: documents.id });
  made.id.toUpperCase();
  made.filename; // 52 a column that was not returned
  db.insert(documents).values(file).returning({ id: documents.ident }); // 53 a misspelt column, returned
  (await db.delete(documents).where(eq(documents.id, someone)))[0]; // 54 rows of a write that returns none
}
