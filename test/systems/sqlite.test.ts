/** Presets against real SQLite stores. */
import { describe, expect, it } from 'vitest';
import { fillMcpMemoryService, fillMneme } from './filled-sqlite.ts';
import { off, reportOf, storeBytes } from './planned.ts';

describe.each([1000, 50_000])('%i rows', (n) => {
  it('mneme within 3 %', () => {
    const { flags, bytes } = fillMneme(n);
    expect(Math.abs(off(storeBytes(reportOf('mneme-sqlite', flags)), bytes))).toBeLessThanOrEqual(0.03);
  });

  it('mcp-memory-service within 3 %, the full-text index apart', () => {
    const { flags, bytes, fullText } = fillMcpMemoryService(n);
    const report = reportOf('mcp-memory-service', flags);
    const words = report.components.find((c) => c.id === 'lexical-index')?.disk;
    expect(Math.abs(off(storeBytes(report) - (words?.value ?? 0), bytes))).toBeLessThanOrEqual(0.03);
    // Trigrams of real text follow no one law: the model is an estimate, and its interval has to hold.
    expect(fullText).toBeGreaterThanOrEqual(words?.low ?? Number.POSITIVE_INFINITY);
    expect(fullText).toBeLessThanOrEqual(words?.high ?? 0);
  });
});
