/** remuvr keys: create, list, revoke. `create` prints the key alone, so that a script can take it. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { PlanName } from '../domain/plan.ts';
import { QUALITIES, type Quality } from '../domain/removal-options.ts';
import { listKeys } from '../services/list-accounts.ts';
import { createKey, revokeKey } from '../services/manage-keys.ts';
import {
  CommandError,
  demandPlan,
  parseAccountName,
  parseCount,
  printJson,
  printTable,
  UsageError,
  withDatabase,
} from './terminal.ts';

type CreateOptions = {
  plan?: PlanName;
  account?: string;
  test?: boolean;
  expires?: Date;
  monthly?: number;
  rps?: number;
  maxFileSize?: number;
  quality?: Quality;
  json?: boolean;
};

function parseMoment(text: string): Date {
  const moment = new Date(text);
  if (Number.isNaN(moment.getTime())) throw new InvalidArgumentError('It must be a date such as 2027-01-31.');
  if (moment.getTime() <= Date.now()) throw new InvalidArgumentError('It must lie in the future.');
  return moment;
}

async function create(options: CreateOptions): Promise<void> {
  if (!options.plan && options.account === undefined) {
    throw new UsageError(
      'Say which plan the key is for, by --plan pro|business|enterprise, or whose it is, by --account NAME.',
    );
  }
  const result = await withDatabase(async (ctx) => {
    if (options.plan !== undefined) demandPlan(ctx, options.plan);
    return await createKey({
      ctx,
      accountName: options.account,
      plan: options.plan,
      kind: options.test ? 'test' : 'live',
      quality: options.quality ?? null,
      expiresAt: options.expires ?? null,
      limits: {
        monthlyRemovals: options.monthly ?? null,
        requestsPerSecond: options.rps ?? null,
        maxFileSize: options.maxFileSize ?? null,
      },
    });
  });
  if (result.kind === 'refused') throw new CommandError(result.sentence);
  const { key, keyId, account } = result;
  if (options.json) printJson({ key, id: keyId, account: account.name, plan: account.plan });
  else process.stdout.write(`${key}\n`);
}

async function list(options: { account?: string; json?: boolean }): Promise<void> {
  const keys = await withDatabase((ctx) => listKeys({ ctx, accountName: options.account }));
  if (!keys) throw new CommandError(`There is no account named "${options.account}".`);
  const now = new Date();
  const rows = keys.map((key) => ({
    id: key.id,
    account: key.accountName,
    key: key.masked,
    state: key.revokedAt ? 'revoked' : key.expiresAt && key.expiresAt <= now ? 'expired' : 'active',
    quality: key.quality,
    created: key.createdAt.toISOString(),
  }));
  if (options.json) printJson(rows);
  else printTable(rows, 'There are no keys yet; make one by: remuvr keys create --plan pro');
}

async function revoke(reference: string): Promise<void> {
  const isRevoked = await withDatabase((ctx) => revokeKey({ ctx, reference }));
  if (!isRevoked) throw new CommandError('There is no such key, or it is revoked already.');
  process.stdout.write('The key is revoked.\n');
}

export function addKeysCommand(program: Command): void {
  const keys = program.command('keys').description('make, list and revoke API keys');
  keys
    .command('create')
    .description('make an API key, and print it; it is shown this once')
    .option(
      '--plan <plan>',
      'plan of the account: pro, business or enterprise (free: test keys only), or one of PLANS_FILE',
    )
    .option(
      '--account <name>',
      'account that the key belongs to, made if need be; without it, a new one',
      parseAccountName,
    )
    .option('--test', 'a test key: never charged, and its pictures are watermarked')
    .option('--expires <date>', 'when the key stops working, such as 2027-01-31', parseMoment)
    .option('--monthly <n>', 'own limit of removals a month, within the plan', parseCount(0))
    .option('--rps <n>', 'own limit of requests a second, within the plan', parseCount(1))
    .option('--max-file-size <bytes>', 'own limit of bytes a file, within the plan', parseCount(1, 1e12))
    .addOption(
      new Option('--quality <quality>', 'of requests that name none; without it, the setting QUALITY').choices(
        QUALITIES,
      ),
    )
    .option('--json', 'print key, id, account and plan as JSON')
    .action(create);
  keys
    .command('list')
    .description('list the keys by their masked form')
    .option('--account <name>', 'of this account only')
    .option('--json', 'as JSON')
    .action(list);
  keys
    .command('revoke')
    .description('end a key at once')
    .argument('<key-or-id>', 'the key itself, or its id as `keys list` shows it')
    .action(revoke);
}
