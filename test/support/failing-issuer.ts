import { AgentError } from '../../node-agent/errors.ts';
import type { Issuer } from '../../node-agent/ports.ts';

/** An issuer that is as it was, but for the times when it is down. For the driver bench's `localCa`. */
export function failingWhile(isDown: () => boolean): (issuer: Issuer) => Issuer {
  return (issuer) => ({
    ...issuer,
    async issue(...order) {
      if (isDown()) throw new AgentError('issuer-unavailable', 'The issuer is down');
      return issuer.issue(...order);
    },
  });
}
