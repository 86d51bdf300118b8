import type { Usage } from '../api/types.ts';

type Day = Usage['days'][number];

/** Every day of the month, also those on which nothing happened; of the present month those until today. */
export function fillDays(month: string, days: readonly Day[], now: Date): Day[] {
  const known = new Map(days.map((day) => [day.date, day]));
  const today = now.toISOString().slice(0, 10);
  const [year = 0, number = 1] = month.split('-').map(Number);
  const length = new Date(Date.UTC(year, number, 0)).getUTCDate();
  return Array.from({ length }, (_, index) => `${month}-${String(index + 1).padStart(2, '0')}`)
    .filter((date) => date <= today)
    .map((date) => known.get(date) ?? { date, succeeded: 0, failed: 0 });
}
