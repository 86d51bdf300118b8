-- Of a month that began before the account: its address had another one, which was deleted. No ledger of the account's.
alter table usage_periods add column carried integer not null default 0 check (carried >= 0);

-- Names nobody: without the salt, which never leaves this database, an address cannot be looked up.
create table left_usage (
  address_hash bytea not null,
  period date not null,
  used integer not null check (used >= 0),
  primary key (address_hash, period)
);
create table address_salt (
  is_only_row boolean primary key default true check (is_only_row),
  salt bytea not null
);
insert into address_salt (salt) values (decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'));
