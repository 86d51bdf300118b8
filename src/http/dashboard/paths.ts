/** Where the dashboard's own API lies. Its answers are for the pages of this origin, and so without CORS headers. */
export const DASHBOARD_PREFIX = '/api/';

export const isDashboardPath = (url: string): boolean => url.startsWith(DASHBOARD_PREFIX);
