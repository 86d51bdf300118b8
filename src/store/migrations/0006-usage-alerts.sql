alter table accounts add column usage_alerts boolean not null default true;

-- A mail that is due, or was sent. The key is what makes it one: a level of one quota in one month.
create table usage_alerts (
  account_id uuid not null references accounts (id) on delete cascade,
  period date not null,
  level integer not null check (level in (80, 100)),
  quota integer not null,
  attempts integer not null default 0,
  next_try_at timestamptz not null default now(),
  sent_at timestamptz,
  primary key (account_id, period, level, quota)
);
create index usage_alerts_due on usage_alerts (next_try_at) where sent_at is null;
