/** What a query can name: the tables of the schema that is browsed, and the columns of those it names already. */
import { useQueries, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { useMemo } from "react";
import { columnsQuery, tablesQuery } from "./api";
import { tablesNamed } from "./tablesNamed";
import { useBrowsedSchema } from "./SchemaBrowser";

export interface SqlSchema {
  schema: Record<string, string[]>;
  /** The table whose columns are offered without its name before them. */
  mainTable: string | undefined;
}

export function useSqlSchema(connectorId: string | undefined, query: string): SqlSchema {
  const [schema] = useBrowsedSchema(connectorId);
  const tables = useQuery({ ...tablesQuery(connectorId ?? "", schema ?? ""), enabled: Boolean(schema) }).data;
  const names = useMemo(() => (tables?.items ?? []).map((one) => one.name), [tables]);
  const named = tablesNamed(query, names);
  const columns = useQueries({
    queries: named.map((table) => columnsQuery(connectorId ?? "", schema ?? "", table)),
    combine: namesOfColumns,
  });
  const known = named.map((table, place) => [table, columns[place] ?? []] as const);
  // A new object would make the editor read its language again with every letter that is typed.
  const told = JSON.stringify(known);
  return useMemo(() => {
    const withColumns = JSON.parse(told) as [string, string[]][];
    const empty = names.map((name): [string, string[]] => [name, []]);
    return {
      schema: Object.fromEntries([...empty, ...withColumns]),
      mainTable: withColumns[0]?.[0],
    };
  }, [told, names]);
}

type Columns = { items: { name: string }[] };

function namesOfColumns(found: UseQueryResult<Columns>[]): string[][] {
  return found.map((one) => one.data?.items.map((column) => column.name) ?? []);
}
