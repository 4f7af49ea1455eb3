-- Orders by month and by hash, prices in several currencies, and stored summaries.
create schema stock;
create sequence invoice_numbers start 10000 minvalue 10000 cache 20;
create domain money_amount as numeric(14,4) default 0 check (value >= 0);
create table currencies (code char(3) primary key, digits smallint default 2 not null, symbol varchar(4));
create table products (
    sku text collate "C" primary key,
    name text not null,
    price money_amount,
    margin numeric generated always as (price * 0.3) stored,
    currency char(3) not null default 'EUR' references currencies (code),
    attributes jsonb,
    weight real,
    discontinued_on date,
    constraint cheap_or_heavy check (price < 1000 or weight is not null) no inherit
);
create index products_attributes on products using gin (attributes jsonb_path_ops);
create index products_named on products (name collate "C" varchar_pattern_ops, sku desc nulls first);
create table orders (
    id bigint generated always as identity,
    placed_at timestamptz not null default now(),
    customer uuid references auth.users,
    status text not null default 'new' check (status in ('new', 'paid', 'sent', 'returned')),
    total money_amount,
    year int generated always as (extract(year from placed_at at time zone 'UTC')::int) stored,
    number bigint default nextval('invoice_numbers'),
    note text,
    primary key (id, placed_at)
) partition by range (placed_at);
create index orders_of_customer on orders (customer, placed_at desc);
create table orders_2025_11 partition of orders for values from ('2025-11-01') to ('2025-12-01');
create table orders_2025_12 partition of orders for values from ('2025-12-01') to ('2026-01-01')
    with (fillfactor = 90);
create table orders_2026 partition of orders for values from ('2026-01-01') to ('2027-01-01')
    partition by hash (id);
create table orders_2026_0 partition of orders_2026 for values with (modulus 2, remainder 0);
create table orders_2026_1 partition of orders_2026 for values with (modulus 2, remainder 1);
create table orders_default partition of orders default;
create index only_november on orders_2025_11 (total) where total > 100;
alter table orders_2025_11 add constraint november_paid check (status <> 'new') not valid;
alter table orders_2025_12 alter column note set default 'christmas';
create table order_lines (
    order_id bigint not null, placed_at timestamptz not null,
    position smallint not null, sku text collate "C" references products on update cascade,
    quantity int not null default 1 check (quantity > 0), price money_amount not null,
    primary key (order_id, placed_at, position),
    foreign key (order_id, placed_at) references orders on delete cascade
) partition by hash (order_id);
create table order_lines_0 partition of order_lines for values with (modulus 2, remainder 0);
create table order_lines_1 partition of order_lines for values with (modulus 2, remainder 1);
create table stock.movements (
    id uuid default gen_random_uuid() primary key, sku text collate "C" not null references products,
    delta int not null, at timestamptz default now(), reason text
);
create unlogged table carts (session uuid primary key, lines jsonb default '[]'::jsonb, touched timestamptz);
create table price_history (
    sku text collate "C" not null, valid tstzrange not null default tstzrange(now(), null),
    price money_amount, primary key (sku, valid)
);
alter table price_history add constraint once exclude using gist (valid with &&, int4range(1, 2) with &&)
    where (sku = 'x');

create function reprice() returns trigger language plpgsql as $$
begin
    update price_history set valid = tstzrange(lower(valid), now())
    where sku = new.sku and upper_inf(valid);
    insert into price_history (sku, price) values (new.sku, new.price);
    return new;
end $$;
create trigger reprice after insert or update of price on products
    for each row execute function reprice();
create function order_total() returns trigger language plpgsql as $$
begin
    update orders o set total = (select sum(l.quantity * l.price) from order_lines l
        where l.order_id = o.id and l.placed_at = o.placed_at)
    where o.id = new.order_id;
    return null;
end $$;
create trigger total after insert on order_lines for each row execute function order_total();
create function stock.level(wanted text) returns bigint language sql stable parallel safe cost 20
begin atomic
    select coalesce(sum(delta), 0) from stock.movements where sku = wanted;
end;
create materialized view sales_by_month with (autovacuum_enabled = false) as
    select date_trunc('month', o.placed_at) as month, p.currency, sum(l.quantity) as items,
        sum(l.price * l.quantity) as turnover
    from orders o join order_lines l on (l.order_id, l.placed_at) = (o.id, o.placed_at)
    join products p using (sku)
    group by 1, 2;
create unique index sales_by_month_key on sales_by_month (month, currency);
create index sales_turnover on sales_by_month using brin (turnover);
comment on materialized view sales_by_month is 'Refreshed each night.';
create view best_months as
    select month, currency, turnover, rank() over (partition by currency order by turnover desc) as place
    from sales_by_month;
create view product_levels as
    select sku, name, stock.level(sku) as level, price::numeric(10,2) || ' ' || currency as shown from products;
create view new_orders as select id, placed_at, customer, total from orders where status = 'new'
    with local check option;
alter view new_orders alter column total set default 0;
alter table orders enable row level security;
create policy customers on orders for select to authenticated using (customer = auth.uid());
create policy place on orders for insert to authenticated with check (customer = auth.uid() and status = 'new');
alter table order_lines enable row level security;
create policy of_order on order_lines for select to authenticated using (exists (
    select from orders o where o.id = order_id and o.placed_at = order_lines.placed_at));
grant usage on sequence invoice_numbers to authenticated;
revoke all on sales_by_month, best_months from anon, authenticated;
grant select (month, turnover) on sales_by_month to authenticated;
create function best(out sku text, out sold bigint) returns setof record language sql stable as
    'select sku, sum(quantity) from public.order_lines group by sku order by 2 desc limit 10';
