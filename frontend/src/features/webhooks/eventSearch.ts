/** Events whose name or description has every word that is looked for. */
export function found<E extends { type: string; description: string }>(events: E[], wanted?: string): E[] {
  const words = (wanted ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  return events.filter((one) => {
    const said = `${one.type} ${one.description}`.toLowerCase();
    return words.every((word) => said.includes(word));
  });
}
