/** 0 up to 0, 1 from 1 on, and between them a curve without corners: 3 x² − 2 x³. */
export function smoothStep(x: number): number {
  const t = Math.min(1, Math.max(0, x));
  return t * t * (3 - 2 * t);
}
