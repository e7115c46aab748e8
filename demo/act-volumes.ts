import { lstat, readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { MOUNT_TABLE, parseMountTable } from '../node-agent/volume/mount-table.ts';
import { check } from './check.ts';
import { describeFolder } from './folder-tree.ts';
import { mountsBelow } from './node-folder.ts';
import { openssl } from './openssl.ts';
import type { Pod } from './pods.ts';
import type { Stage } from './stage.ts';
import { judgeVolume } from './volume-judgement.ts';

/** kubelet publishes a pod's volume, and what is in it is judged. */
export async function publish(stage: Stage, pod: Pod): Promise<void> {
  const { narrator, kubelet } = stage;
  const [name, target] = [pod.volume.pod.serviceAccount, stage.target(pod)];
  await narrator.step(`${name} is published`, async () => {
    const beganAt = performance.now();
    await kubelet.publish(pod.volume);
    const tookMs = Math.round(performance.now() - beganAt);
    const table = parseMountTable(await readFile(MOUNT_TABLE, 'utf8'));
    const mounted = table.find((entry) => entry.mountPoint === target);
    check(mounted?.readOnly === true, `${target} is not mounted read-only`);
    return `OK after ${tookMs} ms; read-only; ${await judgeVolume(target, pod)}`;
  });
  narrator.show(await describeFolder(target, `${relative(stage.folder.root, target)}/`));
  narrator.detail('openssl', await openssl('x509', '-in', join(target, 'tls.crt'), '-noout', '-text'));
}

/** kubelet takes the pods' volumes away, twice, as it may. */
export async function unpublish(stage: Stage, pods: readonly Pod[]): Promise<void> {
  const { narrator, kubelet, folder } = stage;
  for (const pod of pods) {
    await narrator.step(`${pod.volume.pod.serviceAccount} is unpublished`, async () => {
      await kubelet.unpublish(pod.volume);
      await kubelet.unpublish(pod.volume);
      check(!(await exists(stage.target(pod))), `${stage.target(pod)} is still there`);
      return 'OK, and OK when kubelet asks again; the folder is gone';
    });
  }
  await narrator.step('Nothing is left of either', async () => {
    const state = join(folder.data, 'state');
    const mounts = (await mountsBelow(folder.root)).filter((path) => path !== state);
    check(mounts.length === 0, `still mounted: ${mounts.join(', ')}`);
    const left = [...(await readdir(state)), ...(await readdir(join(folder.data, 'volumes')))];
    check(left.length === 0, `still in the data root: ${left.join(', ')}`);
    return "no mount, no folder; the driver's own store is empty";
  });
}

function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
