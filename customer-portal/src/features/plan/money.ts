/** Amounts as they are billed: in the smallest unit of the currency, such as cents. */
import type { Price } from "./api";
import { planMessages as text } from "./messages";

export function formatMoney(amount: number, currency: string): string {
  const format = new Intl.NumberFormat("en-GB", { style: "currency", currency: currency.toUpperCase() });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(amount / 10 ** digits);
}

/** "€49.00 a month", "€500.00 every 3 months". */
export function priceInWords(price: Price): string {
  if (price.amount === null) return text.priceVaries;
  const amount = formatMoney(price.amount, price.currency);
  if (price.interval === null) return amount;
  return price.interval_count === 1
    ? text.priceEach(amount, price.interval)
    : text.priceEvery(amount, price.interval_count, price.interval);
}
