/** How moments are written on the wire. */

/** A reset is a whole second in UTC: `2024-03-01T00:00:00Z`. */
export function formatReset(moment: Date): string {
  return moment.toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** A job's times carry a numeric offset: `2024-01-29T04:53:19+00:00`. `offset` has the form +HH:MM. */
export function formatJobTime(moment: Date, offset: string): string {
  const [hours = 0, minutes = 0] = offset.slice(1).split(':').map(Number);
  const offsetMs = (hours * 60 + minutes) * 60_000 * (offset.startsWith('-') ? -1 : 1);
  return new Date(moment.getTime() + offsetMs).toISOString().slice(0, 19) + offset;
}
