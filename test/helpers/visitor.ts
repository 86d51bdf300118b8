/** Somebody at a browser: keeps cookies, and sends what a page of the server's own origin sends. */
import type { ServerProcess } from './server.ts';
import { until } from './server.ts';

export type Reply<T = Record<string, unknown>> = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  json: T;
};

export type Visit = { readonly method?: string; readonly body?: unknown; readonly headers?: Record<string, string> };

export class Visitor {
  readonly cookies = new Map<string, string>();
  readonly #server: { readonly url: string };

  constructor(server: { readonly url: string }) {
    this.#server = server;
  }

  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of an answer, it says itself.
  async ask(route: string, { method = 'GET', body, headers = {} }: Visit = {}): Promise<Reply<any>> {
    const isForm = body instanceof FormData;
    const response = await fetch(new URL(route, this.#server.url), {
      method,
      redirect: 'manual',
      headers: {
        Cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(method === 'GET' ? {} : { Origin: new URL(this.#server.url).origin }),
        ...(body === undefined || isForm ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
    });
    this.#keepCookies(response);
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '') && text !== '';
    return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
  }

  post = (route: string, body: unknown = {}) => this.ask(route, { method: 'POST', body });
  patch = (route: string, body: unknown) => this.ask(route, { method: 'PATCH', body });
  delete = (route: string) => this.ask(route, { method: 'DELETE' });

  #keepCookies(response: Response): void {
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = ''] = cookie.split(';');
      const name = pair.slice(0, pair.indexOf('='));
      const isGone = /max-age=0(;|$)/i.test(cookie);
      if (isGone) this.cookies.delete(name);
      else this.cookies.set(name, pair.slice(name.length + 1));
    }
  }
}

/** The link of the last mail of this name to this address, which a server without SMTP writes into its log. */
export async function linkInLog(server: ServerProcess, mail: string, to: string): Promise<string> {
  return await until(`a mail "${mail}" goes to ${to}`, async () => {
    const lines = server
      .log()
      .trim()
      .split('\n')
      .filter((line) => line.startsWith('{'));
    const mails = lines.map((line) => JSON.parse(line)).filter((line) => line.mail === mail && line.to === to);
    return mails.at(-1)?.link as string | undefined;
  });
}

export const PASSWORD = 'correct horse battery';

/** Signs up, follows the link of the mail, and signs in. */
export async function signUp(server: ServerProcess, email: string): Promise<Visitor> {
  const visitor = new Visitor(server);
  const name = email.split('@')[0] ?? '';
  const answer = await visitor.post('/api/auth/sign-up/email', { email, name, password: PASSWORD });
  if (answer.status !== 200) throw new Error(`signing up was answered ${answer.status}: ${answer.text}`);
  await visitor.ask(await linkInLog(server, 'verify-email', email));
  await visitor.post('/api/auth/sign-in/email', { email, password: PASSWORD });
  return visitor;
}
