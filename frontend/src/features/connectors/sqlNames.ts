/** Names of tables and columns as the SQL of a source writes them. */
import type { Connector } from "./api";

const PLAIN_NAME = /^[a-z_][a-z0-9_]*$/;
/** Oracle reads a name without quotes in capitals. */
const PLAIN_NAMES: Record<string, RegExp> = { oracle: /^[A-Z][A-Z0-9_]*$/ };
/** In MySQL, double quotes hold a text. */
const MARKS: Record<string, string> = { mysql: "`" };

/** Where most people's tables are: in MySQL a schema is a database, in Oracle a user. */
export function usualSchema({ kind, settings }: Pick<Connector, "kind" | "settings">): string {
  if (kind === "oracle") return String(settings["current_schema"] ?? "");
  if (kind === "files") return "files";
  return kind === "mysql" ? String(settings["database"]) : "public";
}

/** A name in the quotes of the kind of source. */
export function quotedName(name: string, kind: string): string {
  const mark = MARKS[kind] ?? '"';
  return `${mark}${name.replaceAll(mark, mark + mark)}${mark}`;
}

/** A name, in quotes where it needs them. */
export function sqlName(name: string, kind: string): string {
  return (PLAIN_NAMES[kind] ?? PLAIN_NAME).test(name) ? name : quotedName(name, kind);
}
