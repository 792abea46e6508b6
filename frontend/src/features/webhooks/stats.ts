/** Figures of a webhook as charts. */
import { formatDate, formatDateTime } from "@openreg/ui";
import type { ChartData } from "@openreg/ui/charts";
import type { Schema } from "@/api/types";
import { webhookMessages } from "./messages";

type Stats = Schema<"WebhookStatsAnswer">;

const text = webhookMessages.stats;

/** Attempts over time, those that were taken and those that were not. */
export function attemptChart(stats: Stats, window: Schema<"StatsWindow">): ChartData {
  return {
    head: text.time,
    series: [
      { name: text.succeeded, tone: "success" },
      { name: text.failed, tone: "failed" },
    ],
    rows: stats.points.map((one) => ({
      key: one.at,
      name: window === "month" ? formatDate(one.at) : formatDateTime(one.at),
      values: [one.succeeded, one.failed],
    })),
  };
}

/** Attempts by answer, without the answers that nobody gave. */
export function answerChart(stats: Stats): ChartData {
  return {
    head: text.answer,
    series: [{ name: text.attempts, tone: "neutral" }],
    rows: stats.answers
      .filter((one) => one.count > 0)
      .map((one) => ({ key: one.answer, name: text.answerName[one.answer], values: [one.count] })),
  };
}
