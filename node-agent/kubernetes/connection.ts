import type { Agent } from 'node:https';

/** What one request to the API server is sent with. */
export interface Credentials {
  readonly agent: Agent;
  readonly headers: Readonly<Record<string, string>>;
}

/** The way to one API server. */
export interface Connection {
  readonly server: URL;
  /**
   * Up to date at every call: rotated token files (within a minute), exec plugins, exchanged CA files and client certificates.
   * With a bearer token of somebody else's, that is all there is of credentials: no header and no client certificate of ours.
   */
  credentials(token?: string): Promise<Credentials>;
  /** Closes the connections that are kept alive. */
  close(): void;
}
