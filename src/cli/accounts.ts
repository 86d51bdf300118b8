/** remuvr accounts: create, list, set-plan, set-limits. */
import { type Command, Option } from 'commander';
import { PLAN_NAMES, type PlanName } from '../domain/plan.ts';
import { summarizeAccounts } from '../services/list-accounts.ts';
import { type AccountResult, createAccount, setAccountLimits, setAccountPlan } from '../services/manage-accounts.ts';
import {
  CommandError,
  parseAccountName,
  parseCount,
  parsePlan,
  printJson,
  printTable,
  UsageError,
  withDatabase,
} from './terminal.ts';

function report(result: AccountResult, done: string): void {
  if (result.kind === 'refused') throw new CommandError(result.sentence);
  process.stdout.write(`${done}\n`);
}

async function create(name: string, options: { plan: PlanName }): Promise<void> {
  const result = await withDatabase((ctx) => createAccount({ ctx, name, plan: options.plan }));
  report(result, `The account "${name}" is on the plan ${options.plan}.`);
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
  report(
    await withDatabase((ctx) => setAccountPlan({ ctx, name, plan })),
    `The account "${name}" is on the plan ${plan}.`,
  );
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

export function addAccountsCommand(program: Command): void {
  const accounts = program.command('accounts').description('make accounts, and set their plans and limits');
  accounts
    .command('create')
    .description('make an account')
    .argument('<name>', 'how the other commands call it', parseAccountName)
    .addOption(new Option('--plan <plan>', 'its plan').argParser(parsePlan).default('free'))
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
    .argument('<plan>', PLAN_NAMES.join(', '), parsePlan)
    .action(setPlan);
  accounts
    .command('set-limits')
    .description('set the limits of an enterprise account')
    .argument('<name>')
    .option('--monthly <n>', 'removals a month', parseCount(0))
    .option('--rps <n>', 'requests a second', parseCount(1))
    .option('--max-file-size <bytes>', 'bytes of one file', parseCount(1, 1e12))
    .action(setLimits);
}
