import type { PublishRequest } from '../ports.ts';
import { admit } from './admission.ts';
import type { Purpose } from './purpose.ts';
import { surroundingsOfMounted } from './surroundings.ts';
import type { VolumeTools } from './volume-tools.ts';

/** Parses the publish of a volume that was set aside. @param setAside told why a request cannot be used; it changes nothing then. */
export function admitMending(request: PublishRequest, tools: VolumeTools, setAside: (error: unknown) => void): Purpose | undefined {
  try {
    return admit(request, tools, surroundingsOfMounted(tools));
  } catch (error) {
    setAside(error);
    return undefined;
  }
}
