/**
 * TOTP by better-auth's plugin, which asks for the code after a password alone: here a sign-in by a provider is held up
 * by the same hook, and a code is good once.
 */
import { twoFactor } from 'better-auth/plugins/two-factor';
import { refuseUsedCode, USED_CODES } from './used-codes.ts';

const PROVIDER_PATHS: readonly (string | undefined)[] = ['/callback/:id', '/sign-in/social'];
/** Where the pages ask for the code. */
const CODE_PAGE = '/two-factor';

export function createSecondFactor() {
  const plugin = twoFactor({ issuer: 'Remuvr' });
  const after = plugin.hooks.after.map((hook) => ({
    ...hook,
    matcher: (context: Parameters<typeof hook.matcher>[0]) =>
      hook.matcher(context) || PROVIDER_PATHS.includes(context.path),
  }));
  const { twoFactor: table, ...others } = plugin.schema;
  const schema = { ...others, twoFactor: { ...table, fields: { ...table.fields, ...USED_CODES } } };
  return { ...plugin, schema, hooks: { before: [refuseUsedCode], after } };
}

/** The hook answers in JSON, for a page that asked; whoever comes from a provider is led to the page instead. */
export async function leadToCodePage(request: Request, response: Response): Promise<Response> {
  if (!new URL(request.url).pathname.startsWith('/api/auth/callback/')) return response;
  const text = await response.clone().text();
  if (!/"twoFactorRedirect":true/.test(text)) return response;
  const headers = new Headers(response.headers);
  headers.delete('content-type');
  // Where the sign-in was to lead.
  const next = headers.get('location') ?? '/';
  headers.set('location', `${CODE_PAGE}?next=${encodeURIComponent(next)}`);
  return new Response(null, { status: 302, headers });
}
