-- A shop with variants, an inventory and orders, and events by month, tenant and day.
create sequence order_numbers start 100000 increment 1;
create domain positive_amount as numeric(12,2) check (value >= 0);
create type order_status as enum ('pending', 'paid', 'shipped', 'cancelled');
create table categories (
    id int generated always as identity (start with 1000 increment by 10) primary key,
    parent_id int references categories (id) on delete restrict,
    name text not null,
    unique (parent_id, name)
);
create table products (
    id bigint generated always as identity primary key,
    category_id int not null references categories (id),
    sku text not null,
    title text not null,
    description text,
    attributes jsonb not null default '{}',
    search tsvector generated always as (to_tsvector('english', coalesce(title, '') || ' ' || coalesce(description, ''))) stored,
    published_at timestamptz,
    constraint products_sku_unique unique (sku)
);
create index products_search on products using gin (search);
create index products_attributes on products using gin (attributes jsonb_path_ops);
create index products_title_lower on products (lower(title) text_pattern_ops);
create table variants (
    id bigserial primary key,
    product_id bigint not null references products (id) on delete cascade,
    options text[] not null default '{}',
    price positive_amount not null,
    compare_at positive_amount,
    weight_grams smallint check (weight_grams > 0),
    barcode varchar(32) unique,
    constraint price_below check (compare_at is null or compare_at > price)
);
create table inventory (
    variant_id bigint primary key references variants on delete cascade,
    on_hand int not null default 0,
    reserved int not null default 0,
    available int generated always as (on_hand - reserved) stored,
    check (reserved <= on_hand)
);
create table orders (
    id uuid primary key default gen_random_uuid(),
    number bigint not null unique default nextval('order_numbers'),
    user_id uuid references auth.users (id) on delete set null,
    status order_status not null default 'pending',
    total positive_amount not null default 0,
    placed_at timestamptz not null default now(),
    shipping inet
);
create table order_items (
    order_id uuid not null references orders (id) on delete cascade,
    line smallint not null,
    variant_id bigint not null references variants (id),
    quantity int not null check (quantity > 0),
    unit_price positive_amount not null,
    primary key (order_id, line)
);
create table order_events (
    id bigint generated always as identity,
    order_id uuid not null references orders (id),
    kind text not null,
    payload jsonb,
    happened_at timestamptz not null,
    primary key (id, happened_at)
) partition by range (happened_at);
create table order_events_2026_01 partition of order_events for values from ('2026-01-01') to ('2026-02-01');
create table order_events_2026_02 partition of order_events for values from ('2026-02-01') to ('2026-03-01');
create table order_events_default partition of order_events default;
create index order_events_order on order_events (order_id, happened_at desc);
alter table order_events enable row level security;
alter table orders enable row level security;
alter table order_items enable row level security;
create policy own_orders on orders to authenticated using (user_id = auth.uid());
create policy own_items on order_items for select to authenticated
    using (exists (select from orders o where o.id = order_items.order_id and o.user_id = auth.uid()));
create policy own_events on order_events for select to authenticated
    using (order_id in (select id from orders where user_id = auth.uid()));
comment on table orders is 'An order of a customer; guests have none.';
comment on column orders.number is 'What the customer is shown';
create materialized view best_sellers as
    select v.product_id, sum(i.quantity) as sold from order_items i join variants v on v.id = i.variant_id
    group by v.product_id;
create unique index best_sellers_product on best_sellers (product_id);
create table tenants (id text primary key, plan text default 'free' not null, limits jsonb);
create table events (
    tenant_id text not null,
    at timestamptz not null default now(),
    name text not null,
    session uuid,
    properties jsonb default '{}',
    ip inet,
    agent text,
    foreign key (tenant_id) references tenants (id)
) partition by list (tenant_id);
create table events_acme partition of events for values in ('acme', 'acme-test') partition by range (at);
create table events_acme_2026 partition of events_acme for values from ('2026-01-01') to ('2027-01-01');
create table events_rest partition of events default;
create index events_at on events using brin (at);
create index events_name on events (name, at desc);
create table raw_hits (at timestamptz default now(), line text);
create unlogged table counters (name text primary key, n bigint not null default 0) with (fillfactor = 70);
create table page_views (day date, path text, country char(2), views integer default 0, unique nulls not distinct (day, path, country));
create table page_views_daily (day date not null, path text not null, views bigint not null, unique (day, path));
create materialized view daily as
    select tenant_id, date_trunc('day', at) as day, name, count(*) as n, count(distinct session) as sessions
    from events group by 1, 2, 3
with no data;
create unique index daily_key on daily (tenant_id, day, name);
create view weekly as select tenant_id, date_trunc('week', day) as week, sum(n) as n from daily group by 1, 2;
create statistics events_stats (dependencies) on tenant_id, name from events;
create table hashed (id bigint generated always as identity, key uuid not null, value text, primary key (id, key)) partition by hash (key);
create table hashed_0 partition of hashed for values with (modulus 2, remainder 0);
create table hashed_1 partition of hashed for values with (modulus 2, remainder 1);
alter table tenants enable row level security;
alter table events enable row level security;
create policy read_by_claim on events for select to authenticated using (tenant_id = (auth.jwt() -> 'app_metadata' ->> 'tenant'));
create policy tenant on tenants for select to authenticated using (id = (select auth.jwt() -> 'app_metadata' ->> 'tenant'));
create function refresh_daily() returns void language sql security definer as $$ refresh materialized view daily $$;
