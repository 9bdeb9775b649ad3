import packageJson from '../../package.json' with { type: 'json' };

/** The version in package.json, put in by the bundler. */
export const version: string = packageJson.version;
