/** A wait that can be cut short. A ring before the wait is not lost: the next wait ends at once. */
export function createWakeUp(signal: AbortSignal) {
  let hasRung = false;
  let resume: (() => void) | undefined;
  const ring = (): void => {
    hasRung = true;
    resume?.();
  };
  signal.addEventListener('abort', ring);
  return {
    ring,
    async wait(forMs: number): Promise<void> {
      if (!hasRung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, forMs);
          resume = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      hasRung = false;
      resume = undefined;
    },
    close: () => signal.removeEventListener('abort', ring),
  };
}
