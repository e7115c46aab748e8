import { VERSION } from '../driver/version.ts';

/** The machine's kind as Go and image registries call it. @throws {Error} where the driver does not run. */
export function imageArchitecture(): string {
  const architecture = { x64: 'amd64', arm64: 'arm64' }[process.arch as string];
  if (architecture === undefined) throw new Error(`Cannot make an image for ${process.arch}: koffi and Node come for x64 and arm64`);
  return architecture;
}

/**
 * How V8 trades speed for memory. One thread collects garbage, and one compiles beside it. The young generation may grow in a burst, also
 * in a container whose memory is limited, where V8 would keep it small, and shrinks again when the driver has garbage collected
 * (`driver/spare-memory.ts`), which is why V8 need not do so again and again at rest: that costs the more the more volumes there are.
 */
const V8_FLAGS = ['--max-semi-space-size=16', '--single-threaded-gc', '--v8-pool-size=1', '--no-memory-reducer', '--expose-gc'] as const;

/**
 * How the C library does it (mallopt(3)): one heap for all threads, and what Node.js reads into, 64 KiB at a time, apart from it. Otherwise a
 * burst leaves each thread a heap full of holes, which nothing but malloc_trim(3) gives back.
 */
const MALLOC_SETTINGS = ['MALLOC_ARENA_MAX=1', 'MALLOC_MMAP_THRESHOLD_=65536', 'MALLOC_TRIM_THRESHOLD_=131072'] as const;

/** How the image is run (OCI image specification, "Image Configuration"); the Dockerfile says the same. */
export const CONTAINER_CONFIG = {
  // mount(2) takes CAP_SYS_ADMIN, and kubelet's directories are root's.
  User: '0:0',
  Env: ['PATH=/usr/bin', ...MALLOC_SETTINGS],
  Entrypoint: ['/usr/bin/node', ...V8_FLAGS, '/podcert/driver.mjs'],
  WorkingDir: '/',
  Labels: {
    'org.opencontainers.image.title': 'podcert',
    'org.opencontainers.image.version': VERSION,
    'org.opencontainers.image.licenses': 'Apache-2.0',
  },
} as const;
