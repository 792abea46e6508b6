/** Data quality: what is asked of the API, and how the answers are kept. */
import { answer } from "@openreg/ui/api";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type Indicator = Schema<"Indicator">;
export type QualitySeverity = Schema<"QualitySeverity">;
export type QualityDay = Schema<"QualityDayAnswer">;
export type ReportQuality = Schema<"ReportQualityAnswer">;
export type QualityTerms = Schema<"QualityTermsAnswer">;
export type QualityTermsChange = Schema<"QualityTermsBody">;

export const indicators = [
  "completeness",
  "timeliness",
  "validity",
  "rejection_rate",
  "amendments",
  "repeats",
] as const satisfies readonly Indicator[];

export interface DayRange {
  first: string;
  last: string;
  report_id?: string | undefined;
}

export const qualityKeys = { all: ["quality"] as const };

export const reportQualityQuery = () =>
  queryOptions({
    queryKey: [...qualityKeys.all, "reports"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/quality/reports", { signal })),
  });

export const qualityDaysQuery = (days: DayRange) =>
  queryOptions({
    queryKey: [...qualityKeys.all, "days", days],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/quality/days", { params: { query: days }, signal })),
    placeholderData: keepPreviousData,
  });

export const qualityTermsQuery = (reportId: string) =>
  queryOptions({
    queryKey: [...qualityKeys.all, "terms", reportId],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/quality/terms/{report_id}", { params: { path: { report_id: reportId } }, signal }),
      ),
  });

export const saveQualityTerms = (reportId: string, body: QualityTermsChange) =>
  answer(api.PUT("/api/v1/quality/terms/{report_id}", { params: { path: { report_id: reportId } }, body }));

export const measureQuality = ({ first, last, report_id }: DayRange) =>
  answer(api.POST("/api/v1/quality/measure", { body: { first, last, report_id: report_id ?? null } }));

export function qualityExportPath(days: DayRange): string {
  const pairs = Object.entries(days).filter(([, value]) => value) as [string, string][];
  return `/api/v1/quality/days/export?${new URLSearchParams(pairs).toString()}`;
}

/** The last 30 days, today included, as the reader's calendar has them. */
export function lastDays(today: Date, count = 30): { first: string; last: string } {
  const first = new Date(today);
  first.setDate(first.getDate() - count + 1);
  return { first: isoDay(first), last: isoDay(today) };
}

function isoDay(day: Date): string {
  const two = (part: number) => String(part).padStart(2, "0");
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}
