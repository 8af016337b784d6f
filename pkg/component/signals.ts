/** An AbortSignal that fires on the first of the given process signals; a second one ends the process at once. */
export function untilSignal(...names: NodeJS.Signals[]): AbortSignal {
  const controller = new AbortController();
  for (const name of names) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(1);
      controller.abort(new Error(`received ${name}`));
    });
  }
  return controller.signal;
}
