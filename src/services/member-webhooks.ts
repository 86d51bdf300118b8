/** The messages of an account, for its owner: their log, one sent again, one to try a receiver with. */
import { RemuvrError } from '../domain/errors.ts';
import { isUuid } from '../domain/id.ts';
import type { DeliveryStatus } from '../domain/webhook.ts';
import type { Account } from '../store/accounts.ts';
import { type LoggedDelivery, listDeliveries } from '../store/webhook-log.ts';
import { insertDelivery, redeliver } from '../store/webhooks.ts';
import type { DatabaseContext, ServiceContext } from './context.ts';
import { parseCursor, writeCursor } from './cursor.ts';

export type { LoggedDelivery } from '../store/webhook-log.ts';

type MemberInput = { readonly ctx: ServiceContext; readonly account: Account };

/** As it is kept and sent to: with what an address cannot hold escaped. Throws `invalid_webhook_url`. */
export function acceptWebhookUrl(ctx: Pick<ServiceContext, 'webhooks'>, text: string): string {
  const url = URL.canParse(text) ? new URL(text).href : text;
  const refusal = ctx.webhooks.refuse(url);
  if (refusal !== undefined) throw new RemuvrError('invalid_webhook_url', refusal);
  return url;
}

export async function listMemberDeliveries(input: {
  ctx: DatabaseContext;
  account: Account;
  status: DeliveryStatus | undefined;
  cursor: string | undefined;
  limit: number;
}): Promise<{ deliveries: LoggedDelivery[]; nextCursor: string | null }> {
  const { ctx, account, status, cursor, limit } = input;
  const after = cursor === undefined ? undefined : parseCursor(cursor);
  // One more than is shown tells whether there is another page.
  const found = await listDeliveries(ctx.database, account.id, { status, after, limit: limit + 1 });
  const last = found.length > limit ? found[limit - 1] : undefined;
  return {
    deliveries: found.slice(0, limit).map(({ delivery }) => delivery),
    nextCursor: last ? writeCursor(last.cursor) : null,
  };
}

/** The same message under the same id. */
export async function resendDelivery({ ctx, account, id }: MemberInput & { readonly id: string }): Promise<void> {
  refuseSuspended(account);
  const isThere = isUuid(id) && (await ctx.database.transaction().execute((tx) => redeliver(tx, account.id, id)));
  if (!isThere) throw new RemuvrError('not_found', 'There is no such delivery.');
}

/** Its id. */
export async function sendTestWebhook(input: MemberInput & { readonly url: string }): Promise<string> {
  const { ctx, account } = input;
  refuseSuspended(account);
  const url = acceptWebhookUrl(ctx, input.url);
  const data = { message: 'This is a test. A webhook of a job carries the job here.' };
  const delivery = { accountId: account.id, event: 'webhook.test', url, data } as const;
  return await ctx.database.transaction().execute((tx) => insertDelivery(tx, delivery));
}

function refuseSuspended({ isSuspended }: Account): void {
  if (isSuspended) throw new RemuvrError('account_suspended');
}
