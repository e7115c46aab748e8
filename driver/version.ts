import packageJson from '../package.json' with { type: 'json' };

/** The version of the driver; package.json is the one place it is written in. */
export const VERSION: string = packageJson.version;
