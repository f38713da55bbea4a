declare const __VERSION__: string | undefined;

/** The package's version, put in by the build; a run from source says so. */
export const VERSION: string = typeof __VERSION__ === 'string' ? __VERSION__ : '0.0.0-source';

declare const __NODE_VERSION__: string | undefined;

/** The version of Node that built the programs, and on which the build has tried them; none in a run from source. */
export const BUILT_ON: string | undefined = typeof __NODE_VERSION__ === 'string' ? __NODE_VERSION__ : undefined;
