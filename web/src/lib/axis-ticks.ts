const STEPS = [1, 2, 5];

/** Whole numbers from 0 to at least `max`, in even steps of which there are five at most. */
export function axisTicks(max: number): number[] {
  let step = 1;
  for (let power = 1; step * 5 < max; power += 1) {
    step = (STEPS[power % STEPS.length] ?? 1) * 10 ** Math.floor(power / STEPS.length);
  }
  const count = Math.max(1, Math.ceil(max / step));
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}
