/** What a person may be called: better-auth itself takes any length, and refuses only what is no text. */
import { APIError, createAuthMiddleware } from 'better-auth/api';

/** Characters. That of an address is RFC 5321's, 4.5.3.1.3. */
const LONGEST = { name: 100, email: 254, image: 2048 };
const PATHS: readonly string[] = ['/sign-up/email', '/update-user', '/change-email'];

/** Before anything is looked up: what is refused later is refused for new addresses alone, and so tells them apart. */
export const guardTexts = createAuthMiddleware(async (ctx) => {
  if (!PATHS.includes(ctx.path)) return;
  const { name, email, newEmail, image } = (ctx.body ?? {}) as Record<string, unknown>;
  refuseLonger('name', name, LONGEST.name);
  refuseLonger('email', email ?? newEmail, LONGEST.email);
  refuseLonger('image', image, LONGEST.image);
  if (typeof name === 'string' && name.trim() === '') refuse('name', LONGEST.name);
});

function refuseLonger(field: string, value: unknown, most: number): void {
  if (typeof value === 'string' && value.length > most) refuse(field, most);
}

function refuse(field: string, most: number): never {
  throw new APIError('BAD_REQUEST', {
    code: `INVALID_${field.toUpperCase()}`,
    message: `The ${field} must have 1 to ${most} characters.`,
  });
}
