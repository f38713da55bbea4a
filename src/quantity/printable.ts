/**
 * Text from outside (a store, a file, a flag), safe on a terminal: control characters (a namespace may hold escape sequences or newlines) and
 * the marks that reverse the direction of writing are shown as \u escapes; everything else stays as it is.
 */
export function printable(text: string): string {
  return text.replaceAll(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
