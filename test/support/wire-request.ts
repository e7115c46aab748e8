import type { InlineVolume, Kubelet } from '../../demo/kubelet.ts';
import { publishRequest } from '../../driver/csi/node.ts';
import type { PublishRequest } from '../../node-agent/ports.ts';
import { nodeService } from '../../proto/load.ts';
import type { NodePublishVolumeRequest } from '../../proto/messages.ts';

/** The publish request for a volume as the driver sees it. */
export function wireRequest(kubelet: Kubelet, volume: InlineVolume): PublishRequest {
  return publishRequest(wireMessage(kubelet, volume));
}

/** kubelet's message for a volume, over the wire and back. */
export function wireMessage(kubelet: Kubelet, volume: InlineVolume): NodePublishVolumeRequest {
  const { requestSerialize, requestDeserialize } = nodeService.NodePublishVolume;
  return requestDeserialize(requestSerialize(kubelet.publishRequest(volume)));
}
