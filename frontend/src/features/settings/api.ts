/** What the tenant has chosen for itself. */
import { answer, ifMatch, tagged } from "@openreg/ui/api";
import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type TenantSettings = Schema<"TenantSettingsAnswer">;
export type TenantSettingsChange = Schema<"TenantSettingsChange">;

export const settingsQuery = () =>
  queryOptions({
    queryKey: ["tenant-settings"],
    queryFn: ({ signal }) => tagged(api.GET("/api/v1/tenant-settings", { signal })),
  });

export const changeSettings = (body: TenantSettingsChange, etag: string | null) =>
  answer(api.PATCH("/api/v1/tenant-settings", { params: { header: ifMatch(etag) }, body }));
