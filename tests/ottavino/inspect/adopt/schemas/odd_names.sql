-- Names that Python does not have, or reads in another form, or that hide those of a class.
create type "Status" as enum ('in²', '²', 'not ok', 'nº', 'a"b', 'ok\');
create type "m ""a""" as enum ('x');
create table "Beds" ("Bed ID" bigint primary key, "m²" int, "nº" int, "2nd" text, "ﬁ" text);
create table stays (id int primary key, bed bigint references "Beds" ("Bed ID"));
create table "Back\Ends" (
    "delete" int primary key,
    "object" text,
    "list" text[],
    "str" text,
    "bytes" bytea,
    "int" int,
    "Status" "Status" default 'not ok',
    "Other" "Status"[],
    m "m ""a""",
    "text" text,
    text_column text,
    another text
);
create table "Author" ("delete" int primary key, "parent" int references "Author");
create table "Book" (
    "Id" int primary key,
    "Author" int references "Author",
    "back" int references "Back\Ends",
    "Book" int references "Book",
    also int references "Author"
);
create table "²" ("²" int primary key);
comment on table "²" is 'Who "says" \N \u this';
create table states (
    id "Status" primary key, "INET" inet, at inet, "INT4RANGE" int4range, r int4range, "Col" text
);
create table changes (id int primary key, state "Status" references states);
