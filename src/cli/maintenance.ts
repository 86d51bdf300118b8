/** remuvr migrate, audit, doctor and mark-storage. */
import type { Command } from 'commander';
import { openStorage } from '../platform.ts';
import { type AuditReport, auditLedger, countFindings } from '../services/audit-ledger.ts';
import { markStorage } from '../services/storage-mark.ts';
import { examineInstallation } from './doctor.ts';
import { CommandError, printJson, withDatabase } from './terminal.ts';

async function migrate(): Promise<void> {
  await withDatabase(async () => {});
  process.stdout.write('The database is up to date.\n');
}

async function markStorageOfNow({ takeOver }: { takeOver?: boolean }): Promise<void> {
  await withDatabase(async ({ database }, { config }) => {
    await markStorage({ database, storage: await openStorage(config) }, { takesOver: takeOver === true });
  });
  process.stdout.write('The storage bears the mark of this database.\n');
}

async function audit(options: { json?: boolean }): Promise<void> {
  const report = await withDatabase((ctx) => auditLedger({ ctx }));
  if (options.json) printJson(report);
  const findings = countFindings(report);
  if (findings === 0) {
    if (!options.json)
      process.stdout.write(`The ledger is clean: ${report.entries} entries agree with every account and job.\n`);
    return;
  }
  throw new CommandError(`The ledger disagrees in ${findings} places; the first: ${describeFirst(report)}.`);
}

function describeFirst({ chains: [entry], periods: [period], jobs: [job] }: AuditReport): string {
  if (entry) {
    const row = entry.seq === null ? '' : ` (seq ${entry.seq})`;
    return `account ${entry.accountId}, month ${entry.period}: entry ${entry.position}${row} is ${entry.fault}`;
  }
  return period
    ? `account ${period.accountId}, month ${period.period}: counters ${period.used} used and ${period.reserved} reserved, ledger ${period.ledgerUsed} and ${period.ledgerReserved}`
    : `job ${job?.jobId} is ${job?.status}, but its ledger says: ${job?.entries || 'nothing'}`;
}

async function doctor(options: { json?: boolean }): Promise<void> {
  const findings = await examineInstallation();
  if (options.json) printJson(findings);
  else
    for (const { name, isOk, text } of findings) process.stdout.write(`${isOk ? 'ok  ' : 'FAIL'}  ${name}: ${text}\n`);
  if (findings.some((finding) => !finding.isOk)) process.exitCode = 1;
}

export function addMaintenanceCommands(program: Command): void {
  program.command('migrate').description('bring the database to this version').action(migrate);
  program
    .command('doctor')
    .description('check this installation, and say what to do')
    .option('--json', 'as JSON')
    .action(doctor);
  program
    .command('audit')
    .description('hold every account and job against the ledger; exit code 1 where they disagree')
    .option('--json', 'as JSON')
    .action(audit);
  program
    .command('mark-storage')
    .description('take the storage of now for the one of this database, after it was moved or emptied')
    .option('--take-over', 'even where it bears the mark of another installation, whose database is gone')
    .action(markStorageOfNow);
}
