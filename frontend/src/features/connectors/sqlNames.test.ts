import { expect, test } from "vitest";
import { previewSql } from "./previewSql";
import { quotedName, sqlName, usualSchema } from "./sqlNames";

test.each([
  ["postgres", 'Odd "Name', '"Odd ""Name"'],
  ["tsql", 'Odd "Name', '"Odd ""Name"'],
  ["mysql", "Odd `Name", "`Odd ``Name`"],
  ["mysql", 'Odd "Name', '`Odd "Name`'],
])("a name in the quotes of %s", (dialect, name, quoted) => {
  expect(quotedName(name, dialect)).toBe(quoted);
  expect(sqlName(name, dialect)).toBe(quoted);
  expect(sqlName("plain_1", dialect)).toBe("plain_1");
});

test("tables are looked for in the database of MySQL and where others keep them", () => {
  const settings = { database: "trades" } as never;
  expect(usualSchema({ sql_dialect: "mysql", settings })).toBe("trades");
  expect(usualSchema({ sql_dialect: "postgres", settings })).toBe("public");
  expect(usualSchema({ sql_dialect: "tsql", settings })).toBe("dbo");
  expect(usualSchema({ sql_dialect: "oracle", settings: { current_schema: "BANK" } as never })).toBe("BANK");
});

test("a name of Oracle is in capitals, or in quotes", () => {
  expect(sqlName("TRADES_1", "oracle")).toBe("TRADES_1");
  expect(sqlName("trades", "oracle")).toBe('"trades"');
});

test("the first rows are read without the columns that need a cast", () => {
  const columns = [
    { name: "id", type: "integer", native_type: "int", reason: null },
    { name: "raw", type: null, native_type: "blob", reason: "Binary content." },
  ];
  expect(previewSql("mysql", "archive", "Odd `Name", columns)).toBe(
    "select `id` from `archive`.`Odd ``Name`",
  );
  expect(previewSql("postgres", "a", "b", columns)).toBe('select "id" from "a"."b"');
  expect(previewSql("mysql", "a", "b", columns.slice(1))).toBeNull();
});
