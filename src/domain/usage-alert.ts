/** The mails that warn of a quota: when one is due, and what it says. */

/** Per cent of the quota. */
export const ALERT_LEVELS = [80, 100] as const;
export type AlertLevel = (typeof ALERT_LEVELS)[number];

/** The highest level that is reached; removals under way do not count, for they may fail. A quota of 0 has none. */
export function decideAlertLevel(used: number, quota: number): AlertLevel | undefined {
  if (quota <= 0) return undefined;
  return ALERT_LEVELS.findLast((level) => used * 100 >= quota * level);
}

/** `period` is YYYY-MM-01. */
export type UsageAlert = { readonly period: string; readonly level: AlertLevel; readonly quota: number };

export function composeUsageAlert({ period, level, quota }: UsageAlert): { subject: string; text: string } {
  const removals = `the ${quota.toLocaleString('en-US')} removals of ${period.slice(0, 7)}`;
  const renewal = 'The quota is renewed on the first of the next month, 00:00 UTC.';
  const switchOff = 'You can switch these mails off on the account page.';
  return level === 100
    ? {
        subject: 'Your removals of this month are used up',
        text: `Your account has used up ${removals}. Further ones are refused until then, or until you choose a larger plan. ${renewal} ${switchOff}`,
      }
    : {
        subject: `${level} % of your removals of this month are used`,
        text: `Your account has used ${level} % of ${removals}. ${renewal} ${switchOff}`,
      };
}

/** A mail server that is away for a night is waited for; one that never takes the mail is given up. */
export const MAX_ALERT_ATTEMPTS = 12;
const FIRST_PAUSE_SECONDS = 60;
const LONGEST_PAUSE_SECONDS = 4 * 3600;

/** Until the next attempt, counted from the beginning of this one. `attempts` counts this one too. */
export function pauseAfterAttempt(attempts: number): number {
  return Math.min(FIRST_PAUSE_SECONDS * 2 ** (attempts - 1), LONGEST_PAUSE_SECONDS);
}
