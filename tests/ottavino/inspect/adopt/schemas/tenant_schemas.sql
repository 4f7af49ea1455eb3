-- Billing of several tenants, each in a schema of its own with the same tables, and a private schema
-- whose definer functions write an audit log.
create schema audit;
comment on schema audit is 'Nobody but the triggers writes here.';
create schema tenant_acme;
create schema tenant_globex;
grant usage on schema tenant_acme, tenant_globex to authenticated, service_role;

create type public.invoice_state as enum ('draft', 'open', 'paid', 'void');
create domain public.currency as char(3) check (value = upper(value));

create table public.tenants (
    id smallint generated always as identity primary key,
    schema_name name not null unique check (schema_name like 'tenant\_%'),
    plan text not null default 'trial',
    trial_ends date default current_date + 14
);
alter table public.tenants enable row level security;
create policy "members read their tenant" on public.tenants for select to authenticated
    using (schema_name = (current_setting('request.jwt.claims', true)::jsonb ->> 'tenant'));

create table audit.entries (
    id bigint generated always as identity primary key,
    at timestamptz not null default clock_timestamp(),
    of regclass not null,
    operation text not null check (operation in ('INSERT', 'UPDATE', 'DELETE')),
    by_user uuid default auth.uid(),
    old_row jsonb,
    new_row jsonb
);
create index entries_at on audit.entries using brin (at) with (pages_per_range = 32);
create index entries_of on audit.entries (of, at desc) include (operation);
alter table audit.entries enable row level security;
revoke all on audit.entries from anon, authenticated;

create function audit.log() returns trigger language plpgsql security definer
set search_path = '' as $$
begin
    insert into audit.entries (of, operation, old_row, new_row)
    values (
        tg_relid, tg_op,
        case when tg_op <> 'INSERT' then to_jsonb(old) end,
        case when tg_op <> 'DELETE' then to_jsonb(new) end
    );
    return coalesce(new, old);
end
$$;
revoke execute on function audit.log() from public;

create table tenant_acme.customers (
    id uuid primary key default gen_random_uuid(),
    name text not null check (length(trim(name)) > 0),
    billing_email text unique
);
create table tenant_acme.invoices (
    id bigserial primary key,
    customer_id uuid not null references tenant_acme.customers on delete restrict,
    number text not null,
    state public.invoice_state not null default 'draft',
    currency public.currency not null default 'EUR',
    net numeric(12, 2) not null default 0,
    vat_rate numeric(4, 3) not null default 0.190,
    gross numeric(14, 2) generated always as (round(net * (1 + vat_rate), 2)) stored,
    issued date,
    due date,
    constraint due_later check (due >= issued),
    constraint numbered unique (customer_id, number) deferrable initially deferred
);
create index open_invoices on tenant_acme.invoices (due) where state = 'open';
create trigger audited after insert or update or delete on tenant_acme.invoices
    for each row execute function audit.log();
create table tenant_globex.customers (like tenant_acme.customers including all);
create table tenant_globex.invoices (
    id bigserial primary key,
    customer_id uuid not null references tenant_globex.customers on delete restrict,
    state public.invoice_state not null default 'draft',
    net numeric(12, 2) not null default 0
);
create trigger audited after insert or update or delete on tenant_globex.invoices
    for each row execute function audit.log();
alter table tenant_acme.customers enable row level security;
alter table tenant_acme.invoices enable row level security;
alter table tenant_globex.customers enable row level security;
alter table tenant_globex.invoices enable row level security;
grant select, insert, update on all tables in schema tenant_acme to authenticated;
grant select on all tables in schema tenant_globex to authenticated;
grant usage on all sequences in schema tenant_acme to authenticated;
create policy "by tenant" on tenant_acme.invoices to authenticated
    using ((auth.jwt() ->> 'tenant') = 'tenant_acme')
    with check ((auth.jwt() ->> 'tenant') = 'tenant_acme' and state <> 'paid');
create policy "never void" on tenant_acme.invoices as restrictive for delete to authenticated
    using (state = 'draft');

create view public.revenue with (security_invoker = true) as
    select 'acme' as tenant, date_trunc('month', issued) as month, sum(gross) as amount
    from tenant_acme.invoices where state = 'paid' group by 2
    union all
    select 'globex', null, sum(net) from tenant_globex.invoices where state = 'paid';
