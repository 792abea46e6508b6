/** The catalogue of rules, and tests of rules before they judge. */
import { answer } from "@openreg/ui/api";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type CatalogueRule = Schema<"CatalogueRuleAnswer">;
export type RuleDetailAnswer = Schema<"RuleDetailAnswer">;
export type RuleTest = Schema<"RuleTestAnswer">;
export type RulePhase = Schema<"Phase">;

export const origins = ["pack", "rule_set", "report"] as const;
export const ruleSources = ["verified", "brought", "unverified"] as const;
export const ruleOrders = ["id", "-fail_rate"] as const;

export interface RuleFilters {
  q?: string | undefined;
  origin?: (typeof origins)[number] | undefined;
  severity?: Schema<"Severity"> | undefined;
  phase?: RulePhase | undefined;
  source?: (typeof ruleSources)[number] | undefined;
  is_failing?: true | undefined;
}

export interface RuleListSearch extends RuleFilters {
  sort?: (typeof ruleOrders)[number] | undefined;
  cursor?: string | undefined;
}

/** The API takes several of these; a page shows one. */
function asQuery({ severity, phase, ...others }: RuleListSearch) {
  return { ...others, ...(severity ? { severity: [severity] } : {}), ...(phase ? { phase: [phase] } : {}) };
}

export const rulesQuery = (search: RuleListSearch) =>
  queryOptions({
    queryKey: ["rules", "list", search],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/rules", { params: { query: asQuery(search) }, signal })),
    placeholderData: keepPreviousData,
  });

export const ruleQuery = (key: string) =>
  queryOptions({
    queryKey: ["rules", "one", key],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/rules/{rule_key}", { params: { path: { rule_key: key } }, signal })),
  });

export function rulesExportPath(search: RuleListSearch): string {
  const query = new URLSearchParams();
  const filters = Object.entries(search).filter(([name]) => name !== "sort" && name !== "cursor");
  for (const [name, value] of filters) if (value !== undefined) query.set(name, String(value));
  return `/api/v1/rules/export?${query.toString()}`;
}

export const testOnReport = (body: Schema<"RuleReportTestRequest">) =>
  answer(api.POST("/api/v1/rules/test-on-report", { body }));

export const checkRule = (body: Schema<"RuleCheckRequest">) =>
  answer(api.POST("/api/v1/rules/check", { body }));
