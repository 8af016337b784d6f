/**
 * Fires on the first SIGINT or SIGTERM. Further ones change nothing, or they would leave behind what is being stopped: how
 * long that takes is bounded. (`timeout` and impatient people send more than one.)
 */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => controller.abort(new Error(`received ${name}: stopping what was started`)));
  }
  return controller.signal;
}
