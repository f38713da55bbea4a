import type { PlainVerb } from '../plain-arguments.ts';

declare const __MEMPLAN_VERBS__: Readonly<Record<string, string>> | undefined;

/**
 * What plainVerbs makes of commands.ts, each verb as JSON: put in by the build, because a start that makes sixty declarations anew
 * to look at three of them pays for it. A run from source asks the declarations themselves.
 */
const BUILT: Readonly<Record<string, string>> | undefined =
  typeof __MEMPLAN_VERBS__ === 'object' ? __MEMPLAN_VERBS__ : undefined;

/** Undefined where memplan has no verb of that name. */
export async function plainVerbOf(name: string): Promise<PlainVerb | undefined> {
  if (BUILT === undefined) {
    const verbs = (await import('./commands.ts')).plainVerbs();
    return Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  }
  return Object.hasOwn(BUILT, name) ? (JSON.parse(BUILT[name] as string) as PlainVerb) : undefined;
}
