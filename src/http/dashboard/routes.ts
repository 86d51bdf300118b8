/** The dashboard's own API: every route on one screen. */
import type { Route } from '../routes.ts';
import type { DashboardParts } from './guards.ts';
import { createMe, createServerFacts, type ServerFacts } from './me.ts';
import { createSignIn } from './sign-in.ts';

export type DashboardOptions = DashboardParts & { readonly facts: ServerFacts };

export function listDashboardRoutes(options: DashboardOptions): Route[] {
  const { ctx, facts } = options;
  const signIn = createSignIn(options);
  return [
    { method: 'GET', path: '/api/auth/*', access: 'link', handler: signIn },
    { method: 'POST', path: '/api/auth/*', access: 'visitor', handler: signIn },
    { method: 'GET', path: '/api/server', access: 'visitor', handler: createServerFacts(ctx, facts) },
    { method: 'GET', path: '/api/me', access: 'member', handler: createMe(facts) },
  ];
}
