import type { Failure } from './events.ts';

/** How the Kubernetes API was found when it was asked just now. */
export interface ApiOutlook {
  /** Why there is no answer of any use. */
  readonly failure?: Failure;
  /** By how much this machine's clock is ahead of the API server's, to about a second. */
  readonly clockAheadMs?: number;
  /** Whether the driver's own account may create CertificateRequests in every namespace. */
  readonly mayCreateRequests?: boolean;
}
