/** Names of tables and columns as the SQL of a source writes them. */
import type { Connector } from "./api";

const PLAIN_NAME = /^[a-z_][a-z0-9_]*$/;
/** Oracle reads a name without quotes in capitals. */
const PLAIN_NAMES: Record<string, RegExp> = { oracle: /^[A-Z][A-Z0-9_]*$/ };
/** In MySQL, double quotes hold a text. */
const MARKS: Record<string, string> = { mysql: "`" };
const USUAL_SCHEMAS: Record<string, string> = {
  postgres: "public",
  tsql: "dbo",
  sqlite: "main",
  duckdb: "files",
};

/** Where most people's tables are: in MySQL a schema is a database, in Oracle a user. */
export function usualSchema({ sql_dialect, settings }: Pick<Connector, "sql_dialect" | "settings">): string {
  if (sql_dialect === "oracle") return String(settings["current_schema"] ?? "");
  return sql_dialect === "mysql" ? String(settings["database"]) : (USUAL_SCHEMAS[sql_dialect] ?? "");
}

/** A name in the quotes of the dialect. */
export function quotedName(name: string, dialect: string): string {
  const mark = MARKS[dialect] ?? '"';
  return `${mark}${name.replaceAll(mark, mark + mark)}${mark}`;
}

/** A name, in quotes where it needs them. */
export function sqlName(name: string, dialect: string): string {
  return (PLAIN_NAMES[dialect] ?? PLAIN_NAME).test(name) ? name : quotedName(name, dialect);
}
