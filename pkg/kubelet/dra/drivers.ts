/** The drivers of devices on this node: which plugins serve them, and which of these is asked. */
import type { Plugin, PluginHandler } from "../plugins/registrar.ts";
import { services } from "./api.ts";
import { DriverPlugin } from "./driver-plugin.ts";
import type { SliceWiper } from "./slice-wiper.ts";

const quoted = (texts: Iterable<string>): string => `[${[...texts].map((text) => JSON.stringify(text)).join(" ")}]`;

export class Drivers implements PluginHandler, Disposable {
  /** By driver, in the order in which they came. */
  readonly #plugins = new Map<string, DriverPlugin[]>();
  readonly #slices: Pick<SliceWiper, "wipeLater" | "cancel">;

  constructor(slices: Pick<SliceWiper, "wipeLater" | "cancel">) {
    this.#slices = slices;
  }

  validate(plugin: Plugin): void {
    serviceOf(plugin);
  }

  register(plugin: Plugin): void {
    const { name: driver, endpoint } = plugin;
    const service = serviceOf(plugin);
    const known = this.#plugins.get(driver) ?? [];
    if (known.some((other) => other.endpoint === endpoint)) {
      throw new Error(`endpoint ${endpoint} already registered for DRA driver plugin ${driver}`);
    }
    const changed = () => this.#settle(driver);
    this.#plugins.set(driver, [...known, new DriverPlugin({ driver, endpoint, service, changed })]);
    this.#settle(driver);
  }

  deregister({ name: driver, endpoint }: Plugin): void {
    const known = this.#plugins.get(driver) ?? [];
    const gone = known.find((plugin) => plugin.endpoint === endpoint);
    if (!gone) return;
    const left = known.filter((plugin) => plugin !== gone);
    if (left.length > 0) this.#plugins.set(driver, left);
    else this.#plugins.delete(driver);
    gone[Symbol.dispose]();
    this.#settle(driver);
  }

  /** The newest that is connected, or else the newest. Throws an Error in upstream's words. */
  get(driver: string): DriverPlugin {
    const plugins = this.#plugins.get(driver) ?? [];
    const plugin = plugins.findLast(({ isConnected }) => isConnected) ?? plugins.at(-1);
    if (!plugin) throw new Error(`DRA driver ${driver} is not registered`);
    return plugin;
  }

  /** A driver that cannot be reached has no devices to give, after a while. */
  #settle(driver: string): void {
    if (this.#plugins.get(driver)?.some(({ isConnected }) => isConnected)) this.#slices.cancel(driver);
    else this.#slices.wipeLater(driver);
  }

  [Symbol.dispose](): void {
    for (const plugin of [...this.#plugins.values()].flat()) plugin[Symbol.dispose]();
    this.#plugins.clear();
  }
}

/** The first that both know. Throws an Error in upstream's words. */
function serviceOf({ name, endpoint, versions }: Plugin): string {
  const service = versions.find((version) => services.has(version));
  if (service !== undefined) return service;
  const known = `are supported by the kubelet (${quoted(services.keys())})`;
  const why =
    versions.length === 0
      ? "empty list of supported gRPC services (aka supported versions)"
      : `none of services supported by the plugin (${quoted(versions)}) ${known}`;
  throw new Error(`invalid supported gRPC versions of DRA driver plugin ${name} at endpoint ${endpoint}: ${why}`);
}
