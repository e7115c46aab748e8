import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import { identityService } from '../../proto/load.ts';
import { serve } from './rpc.ts';
import type { CallEnvironment } from './rpc.ts';

/** What the driver says of itself. */
export interface Identity {
  readonly driverName: string;
  readonly version: string;
  /** Whether publishes can be served now. */
  readonly isReady: () => boolean;
}

/** `csi.v1.Identity`. There is no controller service: volumes are inline and ephemeral. */
export function implementIdentity({ driverName, version, isReady }: Identity, environment: CallEnvironment): UntypedServiceImplementation {
  const { GetPluginInfo, GetPluginCapabilities, Probe } = identityService;
  return {
    GetPluginInfo: serve(
      GetPluginInfo,
      { routine: true, run: async () => ({ name: driverName, vendorVersion: version, manifest: {} }) },
      environment,
    ),
    GetPluginCapabilities: serve(GetPluginCapabilities, { routine: true, run: async () => ({ capabilities: [] }) }, environment),
    Probe: serve(Probe, { routine: true, run: async () => ({ ready: { value: isReady() } }) }, environment),
  };
}
