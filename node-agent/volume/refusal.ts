import { AgentError } from '../errors.ts';
import type { VolumeId } from '../volume-id.ts';
import type { Action } from './life.ts';

/** The error that a refused publish is answered with (CSI specification, NodePublishVolume errors). */
export function refusal(volumeId: VolumeId, action: Action): AgentError {
  const cannot = `Cannot publish volume "${volumeId}"`;
  switch (action) {
    case 'refuse-attributes':
      return new AgentError('volume-differs', `${cannot}: it is published with other attributes; unpublish it first`);
    case 'refuse-target':
      return new AgentError('target-differs', `${cannot}: it is published at another target path; unpublish it there first`);
    default:
      return new AgentError('volume-busy', `${cannot}: it is being unpublished`);
  }
}
