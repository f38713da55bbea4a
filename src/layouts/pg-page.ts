/**
 * PostgreSQL's page, as every structure in this folder shares it.
 * Source: PostgreSQL src/include/storage/bufpage.h, itemid.h, c.h (the same in 13 to 18), default build: BLCKSZ 8192.
 */

/** BLCKSZ of every packaged build. */
export const PAGE_BYTES = 8192;
/** MAXALIGN(SizeOfPageHeaderData). */
export const PAGE_HEADER_BYTES = 24;
/** sizeof(ItemIdData): each tuple on a page costs one line pointer. */
export const LINE_POINTER_BYTES = 4;
/** What tuples and their line pointers share on a page without a special area (heap, TOAST). */
export const HEAP_PAGE_USABLE: number = PAGE_BYTES - PAGE_HEADER_BYTES;

/** MAXALIGN on 64-bit platforms, and on the 32-bit WebAssembly build, where it is 8 too. */
export function align8(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

/** The free space of an empty page with a special area of `special` bytes. */
export function usableBytes(special: number): number {
  return PAGE_BYTES - PAGE_HEADER_BYTES - align8(special);
}
