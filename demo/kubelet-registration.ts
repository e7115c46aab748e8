import { lstat, readdir, watch } from 'node:fs/promises';
import { join } from 'node:path';
import { callUnary } from '../driver/csi/unary-call.ts';
import { nodeService, registrationService } from '../proto/load.ts';
import type { PluginInfo } from '../proto/messages.ts';

/** kubelet's time limits: for asking who is there, and for telling how it went. */
const GET_INFO_TIMEOUT_MS = 1_000;
const NOTIFY_TIMEOUT_MS = 5_000;
/** For any CSI call. */
const CSI_TIMEOUT_MS = 120_000;

/** Waits, as kubelet does, until a socket whose name does not begin with a dot is in its folder of registrations. @returns its path. */
export async function findPlugin(registrationDir: string, signal: AbortSignal): Promise<string> {
  const ended = new AbortController();
  const changes = watch(registrationDir, { signal: AbortSignal.any([signal, ended.signal]) })[Symbol.asyncIterator]();
  // Watched before the folder is read, so that nothing falls between.
  let change = changes.next();
  try {
    for (;;) {
      const found = await findSocket(registrationDir);
      if (found !== undefined) return found;
      await change;
      change = changes.next();
    }
  } finally {
    change.catch(() => undefined);
    ended.abort();
  }
}

/**
 * Registers the plugin at `socketPath` step by step as kubelet does: who are you, what node is this, and how it went.
 * @param refusal kubelet's reason not to register it, asked for by a test.
 */
export async function registerPlugin(socketPath: string, signal: AbortSignal, refusal?: string): Promise<PluginInfo> {
  const { GetInfo, NotifyRegistrationStatus } = registrationService;
  const info = await callUnary({ socketPath, method: GetInfo, request: {}, deadlineAt: deadlineIn(GET_INFO_TIMEOUT_MS) }, signal);
  const status = { pluginRegistered: refusal === undefined, error: refusal ?? '' };
  if (refusal === undefined) {
    const method = nodeService.NodeGetInfo;
    await callUnary({ socketPath: info.endpoint, method, request: {}, deadlineAt: deadlineIn(CSI_TIMEOUT_MS) }, signal);
  }
  await callUnary({ socketPath, method: NotifyRegistrationStatus, request: status, deadlineAt: deadlineIn(NOTIFY_TIMEOUT_MS) }, signal);
  return info;
}

function deadlineIn(timeoutMs: number): Date {
  return new Date(Date.now() + timeoutMs);
}

async function findSocket(dir: string): Promise<string | undefined> {
  for (const name of await readdir(dir)) {
    const path = join(dir, name);
    const found = await lstat(path).catch(() => undefined);
    if (!name.startsWith('.') && found?.isSocket() === true) return path;
  }
  return undefined;
}
