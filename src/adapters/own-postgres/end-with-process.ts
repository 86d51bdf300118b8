/** What is owed when the process is told to end: Ctrl-C, SIGTERM, a closed terminal, an exit in mid-work. */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** At an exit, also by an uncaught exception, `stopNow` runs, which cannot wait. Returns the undoing. */
export function stopAtExit(stopNow: () => void): () => void {
  process.on('exit', stopNow);
  return () => process.off('exit', stopNow);
}

/**
 * At a signal `stop` runs, and the process then ends by that signal, as its parent expects. Where the program has a
 * handler of its own, that one decides: a worker first ends its jobs, and they need PostgreSQL. Returns the undoing.
 */
export function stopAtSignals(stop: () => Promise<void>): () => void {
  const onSignal = (signal: NodeJS.Signals) => {
    if (process.listenerCount(signal) > 1) return;
    const endBySignal = () => {
      undo();
      process.kill(process.pid, signal);
    };
    stop().then(endBySignal, endBySignal);
  };
  const undo = () => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return undo;
}
