/** The cookie of a browser that has signed in before: see `signDevice` of the port. */

const NAME = 'remuvr.device';
const HALF_A_YEAR_SECONDS = 182 * 86_400;

export function readDeviceCookie(header: string | undefined): string | undefined {
  const pairs = (header ?? '').split(/; */);
  return pairs.find((pair) => pair.startsWith(`${NAME}=`))?.slice(NAME.length + 1);
}

/** For the addresses of signing in alone. `isSecure`: sent by https alone. */
export function writeDeviceCookie(token: string, isSecure: boolean): string {
  const traits = `Path=/api/auth; HttpOnly; SameSite=Lax; Max-Age=${HALF_A_YEAR_SECONDS}`;
  return `${NAME}=${token}; ${traits}${isSecure ? '; Secure' : ''}`;
}
