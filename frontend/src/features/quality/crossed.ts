/** Which limits a day has crossed, and which reports are the worst. */
import { indicators, type Indicator, type QualityDay, type QualitySeverity, type ReportQuality } from "./api";

export interface Crossed {
  indicator: Indicator;
  value: string | null;
  severity: QualitySeverity;
}

/** The indicators of a day that have crossed a limit, critical ones first. */
export function crossed(day: Pick<QualityDay, "indicators">): Crossed[] {
  return indicators
    .flatMap((indicator) => {
      const found = day.indicators[indicator];
      return found?.severity ? [{ indicator, value: found.value, severity: found.severity }] : [];
    })
    .sort((one, other) => rank(other.severity) - rank(one.severity));
}

/** Reports with a crossed limit: by the worst of them, then by how many there are. */
export function worstFirst<R extends Pick<ReportQuality, "report_name"> & { latest: CrossedDay }>(
  reports: readonly R[],
): R[] {
  return reports
    .filter((one) => one.latest.severity !== null)
    .sort(
      (one, other) =>
        rank(other.latest.severity) - rank(one.latest.severity) ||
        crossed(other.latest).length - crossed(one.latest).length ||
        one.report_name.localeCompare(other.report_name),
    );
}

type CrossedDay = Pick<QualityDay, "indicators" | "severity">;

function rank(severity: QualitySeverity | null): number {
  return severity === null ? 0 : severity === "warning" ? 1 : 2;
}
