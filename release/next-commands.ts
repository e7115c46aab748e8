import { tagOf } from './repository.ts';

/** What is left to do by somebody who may write to a registry and to the project's pages: shell commands, which are not run here. */
export function nextCommands(version: string, architecture: string, folder: string): string {
  const image = `$REGISTRY/podcert:${version}`;
  const commands = [
    'REGISTRY=registry.example.com',
    `git push origin ${tagOf(version)}`,
    `skopeo copy oci-archive:${folder}/podcert-${version}-${architecture}.tar:${version} docker://${image}-${architecture}`,
    `docker buildx imagetools create --tag ${image} ${image}-${architecture}`,
    `helm push ${folder}/podcert-${version}.tgz oci://$REGISTRY/charts`,
    `gh release create ${tagOf(version)} --verify-tag --title 'Podcert ${version}' --notes-file ${folder}/release-notes.md ${folder}/*`,
  ];
  return `${commands.join('\n')}\n`;
}
