-- Each entry carries the SHA-256 of itself and of the one before it in its account's month, so that none can be changed,
-- taken out or moved without the rest of its chain. The head of a chain lies apart: without it the last could go unseen.
lock table ledger in share row exclusive mode;
drop trigger ledger_is_append_only on ledger;

alter table ledger add column position integer;
alter table ledger add column hash bytea;

create table ledger_heads (
  account_id uuid not null,
  period date not null,
  entries integer not null,
  hash bytea not null,
  primary key (account_id, period)
);

-- What is hashed, in a form that no setting of a session changes. The audit has an expression of its own.
create function ledger_text(entry ledger) returns text language sql immutable as $$
  select concat_ws('|', entry.seq, entry.position, entry.account_id, entry.job_id, to_char(entry.period, 'YYYY-MM-DD'),
    entry.entry, to_char(entry.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'))
$$;

create function chain_ledger_entry() returns trigger language plpgsql as $$
declare
  before ledger_heads;
begin
  -- Locks the chain to the end of the transaction, as the counter of the same account and month is locked already.
  insert into ledger_heads values (new.account_id, new.period, 0, '')
    on conflict (account_id, period) do update set entries = ledger_heads.entries
    returning * into before;
  new.position := before.entries + 1;
  new.hash := sha256(before.hash || convert_to(ledger_text(new), 'UTF8'));
  update ledger_heads set entries = new.position, hash = new.hash
    where account_id = new.account_id and period = new.period;
  return new;
end $$;

do $$
declare
  old ledger;
  chained ledger;
  head bytea;
begin
  for old in select * from ledger order by account_id, period, seq loop
    if chained is null or (chained.account_id, chained.period) is distinct from (old.account_id, old.period) then
      old.position := 1;
      head := '';
    else
      old.position := chained.position + 1;
    end if;
    head := sha256(head || convert_to(ledger_text(old), 'UTF8'));
    old.hash := head;
    chained := old;
    update ledger set position = old.position, hash = old.hash where seq = old.seq;
    insert into ledger_heads values (old.account_id, old.period, old.position, old.hash)
      on conflict (account_id, period) do update set entries = excluded.entries, hash = excluded.hash;
  end loop;
end $$;

alter table ledger alter column position set not null;
alter table ledger alter column hash set not null;

create trigger ledger_is_chained before insert on ledger for each row execute function chain_ledger_entry();
create trigger ledger_is_append_only before update or delete on ledger
  for each row execute function refuse_ledger_change();

-- Written by the trigger above alone.
create function refuse_head_change() returns trigger language plpgsql as $$
begin
  if tg_op not in ('INSERT', 'UPDATE') or pg_trigger_depth() < 2 then
    raise exception 'the ledger is append-only';
  end if;
  return new;
end $$;
create trigger ledger_heads_follow before insert or update or delete on ledger_heads
  for each row execute function refuse_head_change();
create trigger ledger_heads_are_not_emptied before truncate on ledger_heads
  for each statement execute function refuse_ledger_change();
