/**
 * An AbortSignal that Ctrl-C (SIGINT) or SIGTERM sets off once; a second Ctrl-C ends the program at
 * once. Work that sees the signal leaves what it has finished in place.
 */
export function interruptSignal(say: (message: string) => void): {
  readonly signal: AbortSignal;
  dispose(): void;
} {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(130);
    say(`\n${name}: finishing what is under way; finished work is kept (again: stop at once)`);
    const told = { code: 'INTERRUPTED', what: `stopped by ${name}` };
    controller.abort(Object.assign(new Error(name), told));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    dispose: () => {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
