import { expect, it } from "vitest";
import { formatMoney, priceInWords } from "./money";

it("knows currencies without cents, and those with three digits", () => {
  expect(formatMoney(4900, "eur")).toBe("€49.00");
  expect(formatMoney(-1234, "usd")).toBe("-US$12.34");
  expect(formatMoney(5000, "jpy")).toBe("JP¥5,000");
  expect(formatMoney(12345, "kwd")).toMatch(/12\.345/);
});

it("says how often a price is paid", () => {
  const price = { amount: 4900, currency: "eur", interval: "month", interval_count: 1 };
  expect(priceInWords(price)).toBe("€49.00 a month");
  expect(priceInWords({ ...price, interval_count: 3 })).toBe("€49.00 every 3 months");
  expect(priceInWords({ ...price, amount: null })).toBe("Price by agreement");
});
