/** GET /api/usage and /api/usage.csv: one month of the account. */
import type { FastifyRequest } from 'fastify';
import { usageQuery } from '../../contract/dashboard.ts';
import { formatReset } from '../../contract/times.ts';
import type { ServiceContext } from '../../services/context.ts';
import { type MonthReport, reportMonth } from '../../services/member-usage.ts';
import { parseParameters } from '../parse-parameters.ts';
import type { Handler } from '../routes.ts';
import { memberOf } from './guards.ts';

export function createUsageHandlers(ctx: ServiceContext) {
  const report = async (request: FastifyRequest): Promise<MonthReport> => {
    const { month } = parseParameters(usageQuery, request.query);
    return await reportMonth({ ctx, account: memberOf(request).account, month });
  };
  const asJson: Handler = async (request, reply) => {
    const { rows: _, resetsAt, ...month } = await report(request);
    return reply.send({ ...month, resetsAt: formatReset(resetsAt) });
  };
  const asCsv: Handler = async (request, reply) => {
    const { month, rows } = await report(request);
    const lines = rows.map(({ date, key, succeeded, failed }) => [date, quoteCell(key), succeeded, failed].join(','));
    return reply
      .type('text/csv; charset=utf-8')
      .header('Content-Disposition', `attachment; filename="remuvr-usage-${month}.csv"`)
      .send(`${['date,key,succeeded,failed', ...lines].join('\r\n')}\r\n`);
  };
  return { asJson, asCsv };
}

/** A name that begins like a formula would be run by the program that opens the table. */
function quoteCell(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${harmless.replaceAll('"', '""')}"`;
}
