/** Event types to choose from, in families; each family can be chosen as a whole. */
export function eventChoices(types: readonly { type: string }[]): { group: string; items: string[] }[] {
  const families = new Map<string, string[]>();
  for (const { type } of types) {
    const family = type.slice(0, type.indexOf("."));
    families.set(family, [...(families.get(family) ?? [`${family}.*`]), type]);
  }
  return [...families].map(([group, items]) => ({ group, items }));
}
