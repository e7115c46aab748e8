import { join } from 'node:path';
import { alternativeNames, describeCertificate } from '../issuance/certificate-view.ts';
import { readChain } from '../issuance/certificate.ts';
import type { Chain } from '../issuance/certificate.ts';
import { wantedAlternativeNames } from '../issuance/general-names.ts';
import type { VolumeSpec } from '../spec/volume-spec.ts';
import type { FileView, VolumeView } from '../volume-view.ts';
import { linkTarget } from './home.ts';
import type { VolumeHome } from './home.ts';
import { linkAt, listing, lookNow } from './look-at.ts';
import { readVisible } from './visible-file.ts';

/** What the pod sees of a volume. @param spec absent for a volume that was set aside, of which nobody knows which file is which. */
export function viewVolume(home: VolumeHome, spec: VolumeSpec | undefined): VolumeView {
  return {
    names: () => unlessUnreadable(() => namesInVolume(home, spec)) ?? namesAskedFor(spec),
    files: () => unlessUnreadable(() => filesIn(home)) ?? [],
    chain: () => unlessUnreadable(() => chainIn(home, spec)?.map(describeCertificate)) ?? [],
  };
}

function namesInVolume(home: VolumeHome, spec: VolumeSpec | undefined): readonly string[] | undefined {
  const chain = chainIn(home, spec);
  return chain && alternativeNames(chain[0]);
}

function namesAskedFor(spec: VolumeSpec | undefined): readonly string[] {
  return spec === undefined ? [] : wantedAlternativeNames(spec.wanted).map(({ text }) => text);
}

function chainIn(home: VolumeHome, spec: VolumeSpec | undefined): Chain | undefined {
  return spec && readChain(readVisible(home, spec.files.certificateFile));
}

/** The names that lead to a file of the current set; whatever else somebody put there is no file of the volume. */
function filesIn(home: VolumeHome): readonly FileView[] {
  const current = linkAt(home.data);
  if (current === undefined) return [];
  const names = listing(home.directory).filter((name) => linkAt(home.visible(name)) === linkTarget(name));
  return names.toSorted().flatMap((name) => {
    const found = lookNow(join(home.directory, current, name));
    return found?.isFile() === true ? [{ name, sizeBytes: found.size, mode: found.mode & 0o7777 }] : [];
  });
}

/** What there is not, or is not as it should be, is seen as nothing: that the volume has trouble is told by its status. */
function unlessUnreadable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
