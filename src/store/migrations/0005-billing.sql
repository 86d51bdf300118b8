-- Who pays. Without a foreign key: the row outlives its account until the subscription has ended where it is collected.
create table billing_customers (
  account_id uuid primary key,
  -- Null until it is made there.
  customer_id text unique,
  created_at timestamptz not null default now(),
  -- Looks at the subscriptions are numbered as they begin; one that was overtaken is not applied.
  look_begun bigint not null default 0,
  look_applied bigint not null default 0,
  looked_at timestamptz not null default now(),
  -- What the subscriptions last said, so that a plan that an admin has set stays until they say something else.
  billed_plan text not null default 'free',
  state text not null default 'none' check (state in ('none', 'active', 'past_due')),
  grace_ends_at timestamptz,
  renews_at timestamptz
);

-- Events that were dealt with; they may come twice, and for some weeks be sent again by hand.
create table billing_events (
  id text primary key,
  received_at timestamptz not null default now()
);
create index billing_events_by_age on billing_events (received_at);
