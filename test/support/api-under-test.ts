import { startApiServer } from './api-server.ts';

/** The Kubernetes API that a test speaks to. */
export interface ApiUnderTest {
  readonly kubeconfig: string;
  close(): Promise<void>;
}

/** The API of the kubeconfig that PODCERT_TEST_KUBECONFIG names, with cert-manager's resource definitions in it; else one in this process. */
export async function openApiUnderTest(): Promise<ApiUnderTest> {
  const kubeconfig = process.env['PODCERT_TEST_KUBECONFIG'];
  return kubeconfig === undefined ? startApiServer() : { kubeconfig, close: async () => {} };
}
