# The image, for people with a container engine; `npm run image` makes the same one without.
#   docker build --tag podcert:0.1.0 .

FROM node:24-trixie-slim AS build
WORKDIR /source
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
# Node as package.json pins it, the driver, the libraries these two link, all licences: what runs and nothing else.
RUN node image/file-system.ts /image

FROM scratch
COPY --from=build /image /
LABEL org.opencontainers.image.title="podcert"
LABEL org.opencontainers.image.version="0.1.0"
LABEL org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/usr/bin
ENV MALLOC_ARENA_MAX=1
ENV MALLOC_MMAP_THRESHOLD_=65536
ENV MALLOC_TRIM_THRESHOLD_=131072
WORKDIR /
# Root, and no other user can do: the driver's work is mount(2), which takes CAP_SYS_ADMIN; Kubernetes lets only privileged
# containers pass mounts on to the node; and kubelet's folders, in which the mounts are made, are root's.
# Nothing is written to this file system: run it read-only. There is no shell.
USER 0:0
ENTRYPOINT ["/usr/bin/node", "--max-semi-space-size=16", "--single-threaded-gc", "--v8-pool-size=1", "--no-memory-reducer", "--expose-gc", "/podcert/driver.mjs"]
