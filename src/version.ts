declare const __CNN_VERSION__: string | undefined;

/** The version of this package; the build writes it in. */
export const version: string = typeof __CNN_VERSION__ === "string" ? __CNN_VERSION__ : "0.0.0-development";
