/**
 * Whether a request was sent by a page of this very origin. A page cannot choose these headers, so a page of another
 * origin cannot pass; a program can, but has no visitor's cookies.
 */

export type RequestOrigin = {
  readonly method: string;
  /** Sec-Fetch-Site and Sec-Fetch-Mode, where the browser sends them. */
  readonly fetchSite: string | undefined;
  readonly fetchMode: string | undefined;
  readonly origin: string | undefined;
  /** The Host header: the host that the browser believes it speaks to. */
  readonly host: string | undefined;
  readonly publicUrl: string;
};

export function isSameOrigin(request: RequestOrigin): boolean {
  const { method, fetchSite, origin } = request;
  const isSafe = method === 'GET' || method === 'HEAD';
  if (origin !== undefined && !isOwnOrigin(origin, request)) return false;
  if (fetchSite !== undefined) return fetchSite === 'same-origin' || (isSafe && fetchSite === 'none');
  // A browser too old for Sec-Fetch-Site sends the Origin of whatever changes something.
  return origin !== undefined || isSafe;
}

/** A link in a mail is followed from wherever the mail is read. Cookies of SameSite=Lax come with it. */
export function isFollowedLink({ method, fetchMode, origin }: RequestOrigin): boolean {
  return method === 'GET' && origin === undefined && (fetchMode === undefined || fetchMode === 'navigate');
}

/** Behind a proxy the host may be another than that of PUBLIC_URL; either is the origin of the page. */
function isOwnOrigin(origin: string, { host, publicUrl }: RequestOrigin): boolean {
  const { host: originHost } = parseOrigin(origin) ?? {};
  if (originHost === undefined) return false;
  return originHost === host?.toLowerCase() || origin === parseOrigin(publicUrl)?.origin;
}

function parseOrigin(text: string): { origin: string; host: string } | undefined {
  const match = /^(https?:\/\/([^/?#@\s]+))(?:[/?#]|$)/i.exec(text);
  return match ? { origin: (match[1] ?? '').toLowerCase(), host: (match[2] ?? '').toLowerCase() } : undefined;
}
