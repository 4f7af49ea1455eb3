-- Older habits: serial keys, varchar, money, a self-reference, circular references, checks.
create table "categories" (
    id serial primary key,
    parent_id integer references categories (id),
    name character varying(80) not null,
    "sortOrder" smallint not null default 0,
    constraint categories_name_parent unique (parent_id, name)
);
create table products (
    id bigserial primary key,
    category_id integer references categories on delete set null on update cascade,
    sku varchar(20) not null unique,
    price numeric(10, 2) not null default 0.00 check (price >= 0),
    attributes json,
    released date default current_date,
    "window" tstzrange,
    address inet,
    raw bytea,
    total numeric generated always as (price * 1.2) stored,
    select_ text,
    "class" text default 'plain',
    constraint positive_window check ("window" is null or not isempty("window"))
);
create index products_price_desc on products (price desc, sku);
create index products_lower_sku on products (lower(sku));
create index products_attributes on products ((attributes ->> 'color')) where attributes is not null;
create table orders (
    id bigint generated always as identity primary key,
    placed_at timestamp default now(),
    status text not null default 'it''s new',
    first_line_id bigint,
    note char(3)
);
create table order_lines (
    order_id bigint not null references orders on delete cascade,
    line integer not null,
    product_id bigint not null references products,
    quantity integer not null default 1,
    place integer,
    primary key (order_id, line),
    unique (order_id, product_id),
    unique (order_id, place) deferrable initially deferred
);
alter table orders add constraint orders_first_line_fkey
    foreign key (id, first_line_id) references order_lines (order_id, product_id);
grant select on products to anon;
revoke all on orders from anon;
revoke insert on order_lines from authenticated;
grant insert (line, quantity) on order_lines to authenticated;
alter table products set (fillfactor = 70, autovacuum_enabled = false);
alter table products add constraint products_kept unique (id) with (fillfactor = 60);
alter table products alter column raw set statistics 0;
alter table products alter column raw set (n_distinct = 3);
create unlogged table carts (id uuid primary key, contents jsonb not null default '[]');
create function stamp() returns trigger language plpgsql as 'begin return new; end';
create trigger stamp before update on orders for each row execute function stamp();
alter table orders disable trigger stamp;
comment on index products_price_desc is 'The dearest first.';
comment on constraint positive_window on products is 'A window is open for a while.';
create domain quantity as integer default 1 not null constraint at_least_one check (value > 0);
create domain phone as varchar(20) check (value ~ '^[+]?[0-9 ]+$');
create sequence invoice_numbers as integer start 1000 increment 5 maxvalue 900000 cycle;
revoke all on sequence invoice_numbers from anon;
create table invoices (
    number integer primary key default nextval('invoice_numbers'),
    of quantity,
    phone phone
);
