/** remuvr accounts: create, list, set-plan, set-limits, webhook-secret. */
import type { Command } from 'commander';
import { FIRST_PLAN, type PlanName } from '../domain/plan.ts';
import { createAdminPerson } from '../services/find-member.ts';
import { summarizeAccounts } from '../services/list-accounts.ts';
import { type AccountResult, createAccount, setAccountLimits, setAccountPlan } from '../services/manage-accounts.ts';
import { rotateSecretByName } from '../services/webhook-secrets.ts';
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

function report(result: AccountResult, done: string): void {
  if (result.kind === 'refused') throw new CommandError(result.sentence);
  process.stdout.write(`${done}\n`);
}

async function create(name: string, options: { plan: PlanName; admin?: boolean }): Promise<void> {
  if (options.admin) {
    await createAdmin(name, options.plan);
    return;
  }
  const result = await withDatabase(async (ctx) => {
    demandPlan(ctx, options.plan);
    return await createAccount({ ctx, name, plan: options.plan });
  });
  report(result, `The account "${name}" is on the plan ${options.plan}.`);
}

/** The password is shown this once, like a key. */
async function createAdmin(email: string, plan: PlanName): Promise<void> {
  if (!/^[^\s@]+@[^\s@]+$/.test(email))
    throw new UsageError('With --admin the name is the mail address to sign in by.');
  const { openIdentity } = await import('../platform/identity.ts');
  const password = await withDatabase(async (ctx, { config, log }) => {
    demandPlan(ctx, plan);
    const publicUrl = config.PUBLIC_URL ?? `http://localhost:${config.PORT}`;
    return await createAdminPerson({ ctx, identity: await openIdentity(config, ctx, log, publicUrl), email, plan });
  });
  if (password === undefined) throw new CommandError(`There is already somebody who signs in as "${email}".`);
  process.stdout.write(`"${email}" is an admin, and signs in by this password; change it there:\n${password}\n`);
}

async function list(options: { json?: boolean }): Promise<void> {
  const accounts = await withDatabase((ctx) => summarizeAccounts({ ctx, now: new Date() }));
  if (options.json) {
    printJson(accounts);
    return;
  }
  const rows = accounts.map(({ name, plan, limits, usedThisMonth, createdAt }) => ({
    account: name,
    plan,
    'used this month': `${usedThisMonth} of ${limits.monthlyRemovals}`,
    'requests/s': limits.requestsPerSecond,
    'bytes a file': limits.maxFileSize,
    created: createdAt.toISOString(),
  }));
  printTable(rows, 'There are no accounts yet; make one by: remuvr accounts create NAME --plan pro');
}

async function setPlan(name: string, plan: PlanName): Promise<void> {
  const result = await withDatabase(async (ctx) => {
    demandPlan(ctx, plan);
    return await setAccountPlan({ ctx, name, plan });
  });
  report(result, `The account "${name}" is on the plan ${plan}.`);
}

type LimitOptions = { monthly?: number; rps?: number; maxFileSize?: number };

async function setLimits(name: string, options: LimitOptions): Promise<void> {
  const { monthly, rps, maxFileSize } = options;
  if (monthly === undefined && rps === undefined && maxFileSize === undefined) {
    throw new UsageError('Say at least one limit: --monthly, --rps or --max-file-size.');
  }
  const limits = {
    ...(monthly === undefined ? {} : { monthlyRemovals: monthly }),
    ...(rps === undefined ? {} : { requestsPerSecond: rps }),
    ...(maxFileSize === undefined ? {} : { maxFileSize }),
  };
  report(await withDatabase((ctx) => setAccountLimits({ ctx, name, limits })), `The limits of "${name}" are set.`);
}

/** Shown this once, like a key. */
async function makeWebhookSecret(name: string, { overlap }: { overlap: number }): Promise<void> {
  const { openSecretBox } = await import('../platform/secrets.ts');
  const secret = await withDatabase(({ database }, { config }) =>
    rotateSecretByName({ ctx: { database, secretBox: openSecretBox(config) }, name, overlapHours: overlap }),
  );
  if (secret === undefined) throw new CommandError(`There is no account named "${name}".`);
  process.stdout.write(`${secret}\n`);
}

export function addAccountsCommand(program: Command): void {
  const accounts = program.command('accounts').description('make accounts, and set their plans and limits');
  accounts
    .command('create')
    .description('make an account')
    .argument('<name>', 'how the other commands call it', parseAccountName)
    .option('--admin', 'for a person, who signs in by this mail address, and is an admin; prints a password')
    .option('--plan <plan>', 'its plan', FIRST_PLAN)
    .action(create);
  accounts
    .command('list')
    .description('list the accounts, their limits and their usage of this month')
    .option('--json', 'as JSON')
    .action(list);
  accounts
    .command('set-plan')
    .description('change the plan of an account, at once')
    .argument('<name>')
    .argument('<plan>', 'free, pro, business, enterprise, or one of PLANS_FILE')
    .action(setPlan);
  accounts
    .command('set-limits')
    .description('set the limits of an account whose plan has custom ones, such as enterprise')
    .argument('<name>')
    .option('--monthly <n>', 'removals a month', parseCount(0))
    .option('--rps <n>', 'requests a second', parseCount(1))
    .option('--max-file-size <bytes>', 'bytes of one file', parseCount(1, 1e12))
    .action(setLimits);
  accounts
    .command('webhook-secret')
    .description('make a new secret that signs the webhooks of an account, and print it')
    .argument('<name>')
    .option('--overlap <hours>', 'for which the one before signs along', parseCount(0, 168), 24)
    .action(makeWebhookSecret);
}
