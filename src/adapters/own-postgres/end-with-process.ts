/** What is owed when the process is told to end: Ctrl-C, SIGTERM, a closed terminal, an exit in mid-work. */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** At an exit, also by an uncaught exception, `stopNow` runs, which cannot wait. Returns the undoing. */
export function stopAtExit(stopNow: () => void): () => void {
  process.on('exit', stopNow);
  return () => process.off('exit', stopNow);
}

/**
 * At a signal `stop` runs, and the process then ends by that signal, as its parent expects; where the program has a
 * handler of its own, that one decides. Returns the undoing.
 */
export function stopAtSignals(stop: () => Promise<void>): () => void {
  const onSignal = (signal: NodeJS.Signals) => {
    const isOursAlone = process.listenerCount(signal) === 1;
    const endBySignal = () => {
      undo();
      if (isOursAlone) process.kill(process.pid, signal);
    };
    stop().then(endBySignal, endBySignal);
  };
  const undo = () => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return undo;
}
