/** A long-running part of Kubets (API server, scheduler, kubelet …), as whoever composes them sees it. */
export interface Component extends AsyncDisposable {
  /** Resolves once the component has stopped, whatever stopped it; rejects when it failed. */
  readonly stopped: Promise<void>;
}
