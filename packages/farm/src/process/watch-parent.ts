/**
 * Watches for the death of the process that started this one (a killed Nx, a closed terminal): the
 * number of the parent changes then. For programs that must not be left running.
 * @param onOrphaned called once
 * @returns stops watching
 */
export function watchParent(onOrphaned: () => void, everyMs = 1000): () => void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onOrphaned();
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
