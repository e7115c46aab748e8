import type { InlineVolume, Kubelet } from '../../demo/kubelet.ts';
import { publishRequest } from '../../driver/csi/node.ts';
import type { PublishRequest } from '../../node-agent/ports.ts';
import { nodeService } from '../../proto/load.ts';

/** The publish request for a volume as the driver sees it, over the wire and back. */
export function wireRequest(kubelet: Kubelet, volume: InlineVolume): PublishRequest {
  const { requestSerialize, requestDeserialize } = nodeService.NodePublishVolume;
  return publishRequest(requestDeserialize(requestSerialize(kubelet.publishRequest(volume))));
}
