import type { Ground } from '../../node-agent/volume-view.ts';
import type { CheckAnswer } from './answers.ts';

export function judgePropagation({ dataRoot, unshared }: Ground): CheckAnswer {
  const name = 'mount-propagation';
  if (unshared.length === 0) {
    return {
      name,
      outcome: 'ok',
      finding: `What is mounted below ${quote(dataRoot)} and in kubelet's folders of pods appears on the host`,
    };
  }
  const finding = `What is mounted below ${unshared.map(quote).join(' and ')} does not appear on the host, so pods do not see their volumes`;
  const cure = 'have mountPropagation: Bidirectional on that mount of the container, and a shared mount on the host (mount --make-rshared)';
  return { name, outcome: 'failed', finding, cure };
}

export function judgeDataRoot({ dataRoot, state }: Ground): CheckAnswer {
  const name = 'data-root';
  if (state !== undefined) return { name, outcome: 'ok', finding: `Keys are kept in memory alone, on the tmpfs at ${quote(state.path)}` };
  const cure = 'find out who unmounts it; the driver mounts it again within a minute';
  return { name, outcome: 'failed', finding: `The tmpfs for the keys of all volumes is not mounted below ${quote(dataRoot)}`, cure };
}

export function judgeSwap({ state }: Ground, hasSwap: boolean): CheckAnswer {
  const name = 'swap';
  if (!hasSwap) return { name, outcome: 'ok', finding: 'The node has no swap that keys could be written to' };
  if (state === undefined) return { name, outcome: 'unknown', finding: 'There is no tmpfs to look at' };
  if (!state.isSwappable) return { name, outcome: 'ok', finding: 'Keys are never written to swap: the tmpfs has noswap' };
  const finding = 'The kernel may write keys to swap: the tmpfs has no noswap, which takes Linux 6.4 or newer';
  return { name, outcome: 'warning', finding, cure: 'turn swap off (swapoff -a), encrypt it, or have a newer kernel' };
}

/** The first with mount_setattr(2). */
const DETACHED_BINDS = [5, 12] as const;

export function judgeKernel(release: string): CheckAnswer {
  const name = 'kernel';
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(release) ?? [];
  if (major === undefined || minor === undefined) return { name, outcome: 'unknown', finding: `The kernel calls itself ${quote(release)}` };
  const isOld = Number(major) < DETACHED_BINDS[0] || (Number(major) === DETACHED_BINDS[0] && Number(minor) < DETACHED_BINDS[1]);
  if (!isOld) return { name, outcome: 'ok', finding: `Linux ${release} binds read-only in one step` };
  const finding = `Linux ${release} is older than 5.12, so that each volume is bound by way of a staging mount`;
  return { name, outcome: 'warning', finding, cure: 'nothing has to be done; a newer kernel is quicker' };
}

function quote(text: string): string {
  return JSON.stringify(text);
}
