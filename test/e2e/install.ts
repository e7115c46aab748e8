import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { kubectl } from './cluster-access.ts';

/** Where the manifests put the driver. */
export const DRIVER_NAMESPACE = 'podcert-system';

const MANIFESTS = join(import.meta.dirname, '../../manifests');
const TIMEOUT = '--timeout=90s';

/**
 * Applies the manifests as they stand, or with another image and components in an overlay as manifests/README.md tells users. When it
 * returns, the driver serves on every node.
 */
export async function installDriver(image: string | undefined, ...components: readonly string[]): Promise<void> {
  if (image === undefined && components.length === 0) await kubectl(['apply', `--filename=${MANIFESTS}`]);
  else await applyOverlay(image, components);
  // The tag may be the old one with another image behind it.
  await kubectl(['rollout', 'restart', 'daemonset/podcert', `--namespace=${DRIVER_NAMESPACE}`]);
  await waitForDriver();
}

/** Returns once the driver serves on every node, after it was installed or its pod was deleted. */
export async function waitForDriver(): Promise<void> {
  await kubectl(['rollout', 'status', 'daemonset/podcert', `--namespace=${DRIVER_NAMESPACE}`, TIMEOUT]);
}

async function applyOverlay(image: string | undefined, components: readonly string[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'podcert-overlay-'));
  try {
    // JSON is YAML. kustomize takes relative paths alone.
    const overlay = {
      resources: [relative(folder, MANIFESTS)],
      components: components.map((name) => relative(folder, join(MANIFESTS, name))),
      images: image === undefined ? [] : [{ name: 'podcert', ...parseImage(image) }],
    };
    await writeFile(join(folder, 'kustomization.yaml'), JSON.stringify(overlay));
    await kubectl(['apply', `--kustomize=${folder}`]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A reference is `name[:tag][@digest]`; a colon before the last slash belongs to the registry's port. */
function parseImage(image: string): { readonly newName: string; readonly newTag?: string; readonly digest?: string } {
  const [, newName = image, newTag, digest] = /^(.+?)(?::([^/:@]+))?(?:@(.+))?$/.exec(image) ?? [];
  return { newName, ...(newTag !== undefined && { newTag }), ...(digest !== undefined && { digest }) };
}
