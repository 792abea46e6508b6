/** Which tables of a source a query names: their columns are worth asking for. */
const MOST = 8;
const WORD = /[\p{L}\p{N}_$]+/gu;

/** In the order in which the query names them; a name of several words is not looked for. */
export function tablesNamed(query: string, tables: readonly string[]): string[] {
  const byName = new Map(tables.map((table) => [table.toLowerCase(), table]));
  const found = (query.toLowerCase().match(WORD) ?? []).flatMap((word) => byName.get(word) ?? []);
  return [...new Set(found)].slice(0, MOST);
}
