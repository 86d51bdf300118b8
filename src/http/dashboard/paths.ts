/** Where the dashboard's own API lies. Its answers are for the pages of this origin, and so without CORS headers. */
export const DASHBOARD_PREFIX = '/api/';

/** Where rembg's own server answers, and so the clients of it call. */
export const REMBG_PATH = '/api/remove';

export const isDashboardPath = (url: string): boolean =>
  url.startsWith(DASHBOARD_PREFIX) && url.split('?', 1)[0] !== REMBG_PATH;

/** Where others tell this server what happened with them. No page has business there. */
const WEBHOOK_PREFIX = '/webhooks/';

export const isOpenToPages = (url: string): boolean => !isDashboardPath(url) && !url.startsWith(WEBHOOK_PREFIX);
