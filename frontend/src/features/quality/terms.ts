/** Limits as people write them, shares in percent, and as the API has them. */
import type { Indicator, QualitySeverity, QualityTerms } from "./api";

export type Limits = QualityTerms["thresholds"];

const factorOf = (indicator: Indicator) => (indicator === "timeliness" ? 1 : 100);
const PLACES = 6;

export function limitText(limits: Limits, indicator: Indicator, severity: QualitySeverity): number | string {
  const limit = limits[indicator]?.[severity];
  return limit == null ? "" : rounded(Number(limit) * factorOf(indicator));
}

/** The limits with one that has changed; a threshold without any limit is none. */
export function withLimit(
  limits: Limits,
  indicator: Indicator,
  severity: QualitySeverity,
  value: number | string,
): Limits {
  const limit = value === "" ? null : String(rounded(Number(value) / factorOf(indicator)));
  const threshold = { warning: null, critical: null, ...limits[indicator], [severity]: limit };
  const others = Object.entries(limits).filter(([name]) => name !== indicator);
  const isNone = threshold.warning === null && threshold.critical === null;
  return Object.fromEntries(isNone ? others : [...others, [indicator, threshold]]);
}

function rounded(value: number): number {
  return Number(value.toFixed(PLACES));
}
