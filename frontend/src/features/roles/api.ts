/** Roles, and the catalogue of permissions. */
import { answer, ifMatch, tagged } from "@openreg/ui/api";
import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type Role = Schema<"RoleAnswer">;
export type Permission = Schema<"PermissionAnswer">;
export type RoleChange = Schema<"RoleChange">;
export type RoleCreate = Schema<"RoleCreate">;

/** More roles than this nobody tells apart. */
const ALL = 200;

export const roleKeys = { all: ["roles"] as const };

export const rolesQuery = () =>
  queryOptions({
    queryKey: [...roleKeys.all, "list"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/roles", { params: { query: { limit: ALL } }, signal })),
  });

export const roleQuery = (roleId: string) =>
  queryOptions({
    queryKey: [...roleKeys.all, "one", roleId],
    queryFn: ({ signal }) =>
      tagged(api.GET("/api/v1/roles/{role_id}", { params: { path: { role_id: roleId } }, signal })),
  });

export const permissionsQuery = () =>
  queryOptions({
    queryKey: ["permissions"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/permissions", { signal })),
    staleTime: Infinity,
  });

export const createRole = (body: RoleCreate) => answer(api.POST("/api/v1/roles", { body }));

export const changeRole = (roleId: string, body: RoleChange, etag: string | null) =>
  answer(
    api.PATCH("/api/v1/roles/{role_id}", {
      params: { path: { role_id: roleId }, header: ifMatch(etag) },
      body,
    }),
  );

export const removeRole = (roleId: string) =>
  answer(api.DELETE("/api/v1/roles/{role_id}", { params: { path: { role_id: roleId } } }));
