import type { Clock } from '../../node-agent/clock.ts';
import { startApiServer } from './api-server.ts';

/** The Kubernetes API that a test speaks to. */
export interface ApiUnderTest {
  readonly kubeconfig: string;
  close(): Promise<void>;
}

/** The API of the kubeconfig that PODCERT_TEST_KUBECONFIG names, with cert-manager's resource definitions in it; else one in this process. @param clock of the latter. */
export async function openApiUnderTest(clock?: Clock): Promise<ApiUnderTest> {
  const kubeconfig = process.env['PODCERT_TEST_KUBECONFIG'];
  return kubeconfig === undefined ? startApiServer(new Map(), clock) : { kubeconfig, close: async () => {} };
}
