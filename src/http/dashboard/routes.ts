/** The dashboard's own API: every route on one screen. */
import type { Route } from '../routes.ts';
import { createAdminHandlers } from './admin.ts';
import { createBillingHandlers } from './billing.ts';
import { createDemoHandlers } from './demo.ts';
import type { DashboardParts } from './guards.ts';
import { createJobHandlers, type JobParts } from './jobs.ts';
import { createKeyHandlers } from './keys.ts';
import { createAccountSettings, createMe, createServerFacts, type ServerFacts } from './me.ts';
import { createPlanChange, createPlanList } from './plans.ts';
import { createPresetHandlers } from './presets.ts';
import { createSessionEnd } from './sessions.ts';
import { createSignIn } from './sign-in.ts';
import { createThumbnail } from './thumbnail.ts';
import { createUsageHandlers } from './usage.ts';
import { createWebhookHandlers } from './webhooks.ts';

export type DashboardOptions = DashboardParts & JobParts & { readonly facts: ServerFacts };

export function listDashboardRoutes(options: DashboardOptions): Route[] {
  const { ctx, facts } = options;
  const signIn = createSignIn(options);
  const keys = createKeyHandlers(ctx);
  const jobs = createJobHandlers(options);
  const presets = createPresetHandlers(ctx);
  const usage = createUsageHandlers(ctx);
  const webhooks = createWebhookHandlers(ctx);
  const demo = createDemoHandlers(ctx);
  const billing = createBillingHandlers(ctx, options.publicUrl);
  const admin = createAdminHandlers(ctx);
  return [
    { method: 'GET', path: '/api/auth/*', access: 'link', handler: signIn },
    { method: 'POST', path: '/api/auth/*', access: 'visitor', handler: signIn },
    { method: 'GET', path: '/api/server', access: 'visitor', handler: createServerFacts(ctx, facts) },
    { method: 'GET', path: '/api/demo', access: 'visitor', handler: demo.list },
    { method: 'GET', path: '/api/demo/:name', access: 'visitor', handler: demo.picture },
    { method: 'GET', path: '/api/me', access: 'member', handler: createMe(ctx, facts) },
    { method: 'GET', path: '/api/plans', access: 'visitor', handler: createPlanList(ctx) },
    { method: 'POST', path: '/api/plan', access: 'member', handler: createPlanChange(ctx) },
    { method: 'POST', path: '/api/billing/checkout', access: 'member', handler: billing.checkout },
    { method: 'POST', path: '/api/billing/portal', access: 'member', handler: billing.portal },
    { method: 'POST', path: '/api/account/settings', access: 'member', handler: createAccountSettings(ctx) },
    { method: 'DELETE', path: '/api/sessions/:id', access: 'member', handler: createSessionEnd(ctx) },
    { method: 'GET', path: '/api/keys', access: 'member', handler: keys.list },
    { method: 'POST', path: '/api/keys', access: 'member', handler: keys.create },
    { method: 'POST', path: '/api/keys/:id/rotate', access: 'member', handler: keys.rotate },
    { method: 'DELETE', path: '/api/keys/:id', access: 'member', handler: keys.revoke },
    { method: 'GET', path: '/api/presets', access: 'member', handler: presets.list },
    { method: 'POST', path: '/api/presets', access: 'member', handler: presets.save },
    { method: 'DELETE', path: '/api/presets/:name', access: 'member', handler: presets.remove },
    { method: 'GET', path: '/api/usage', access: 'member', handler: usage.asJson },
    { method: 'GET', path: '/api/usage.csv', access: 'member', handler: usage.asCsv },
    { method: 'GET', path: '/api/jobs', access: 'member', handler: jobs.list },
    { method: 'DELETE', path: '/api/jobs/:id', access: 'member', handler: jobs.remove },
    { method: 'GET', path: '/api/jobs/:id/thumbnail', access: 'member', handler: createThumbnail(ctx) },
    { method: 'GET', path: '/api/jobs/:id/events', access: 'member', handler: jobs.watch },
    { method: 'GET', path: '/api/webhooks', access: 'member', handler: webhooks.list },
    { method: 'POST', path: '/api/webhooks/:id/resend', access: 'member', handler: webhooks.resend },
    { method: 'GET', path: '/api/webhook-secrets', access: 'member', handler: webhooks.secrets },
    { method: 'POST', path: '/api/webhook-secrets', access: 'member', handler: webhooks.rotate },
    { method: 'POST', path: '/api/webhook-tests', access: 'member', handler: webhooks.test },
    { method: 'POST', path: '/api/playground/removals', access: 'member', handler: jobs.play },
    { method: 'GET', path: '/api/admin/accounts', access: 'admin', handler: admin.accounts },
    { method: 'PATCH', path: '/api/admin/accounts/:id', access: 'admin', handler: admin.change },
    { method: 'GET', path: '/api/admin/queue', access: 'admin', handler: admin.queue },
    { method: 'GET', path: '/api/admin/audit', access: 'admin', handler: admin.audit },
  ];
}
