/** The longest path a Unix socket can be bound to, in bytes: sun_path holds 108 with the final NUL (unix(7)). */
export const MAXIMUM_SOCKET_PATH_BYTES = 107;
