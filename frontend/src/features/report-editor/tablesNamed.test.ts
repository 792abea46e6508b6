import { describe, expect, it } from "vitest";
import { tablesNamed } from "./tablesNamed";

describe("tablesNamed", () => {
  it("finds them in the order of the query, however they are written", () => {
    const query = 'SELECT * FROM Trades t JOIN "clients" c ON c.id = t.client_id JOIN trades again';
    expect(tablesNamed(query, ["accounts", "clients", "trades"])).toEqual(["trades", "clients"]);
  });

  it("takes no part of a longer name for a table", () => {
    expect(tablesNamed("SELECT * FROM trades_old", ["trades", "old"])).toEqual([]);
  });

  it("asks for the columns of a few tables only", () => {
    const many = Array.from({ length: 20 }, (_, place) => `t${String(place)}`);
    expect(tablesNamed(many.join(", "), many)).toHaveLength(8);
  });
});
