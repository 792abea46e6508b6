/** Members of the tenant, and invitations. */
import { answer, ifMatch, tagged } from "@openreg/ui/api";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type User = Schema<"UserAnswer">;
export type UserDetail = Schema<"UserDetail">;
export type Invitation = Schema<"InvitationAnswer">;
export type UserState = Schema<"MemberState">;

export interface UserFilters {
  q?: string | undefined;
  state?: UserState | undefined;
  role?: string | undefined;
  cursor?: string | undefined;
}

export const userKeys = { all: ["users"] as const, invitations: ["user-invitations"] as const };

export const usersQuery = (filters: UserFilters) =>
  queryOptions({
    queryKey: [...userKeys.all, "list", filters],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/users", { params: { query: filters }, signal })),
    placeholderData: keepPreviousData,
  });

export const userQuery = (userId: string) =>
  queryOptions({
    queryKey: [...userKeys.all, "one", userId],
    queryFn: ({ signal }) =>
      tagged(api.GET("/api/v1/users/{user_id}", { params: { path: { user_id: userId } }, signal })),
  });

export const changeUserRoles = (userId: string, role_ids: string[], etag: string | null) =>
  answer(
    api.PUT("/api/v1/users/{user_id}/roles", {
      params: { path: { user_id: userId }, header: ifMatch(etag) },
      body: { role_ids },
    }),
  );

export const setUserActive = (userId: string, is_active: boolean) =>
  answer(
    api.PATCH("/api/v1/users/{user_id}", { params: { path: { user_id: userId } }, body: { is_active } }),
  );

export const removeUser = (userId: string) =>
  answer(api.DELETE("/api/v1/users/{user_id}", { params: { path: { user_id: userId } } }));

export const endUserSessions = (userId: string) =>
  answer(api.POST("/api/v1/users/{user_id}/end-sessions", { params: { path: { user_id: userId } } }));

export const invitationsQuery = () =>
  queryOptions({
    queryKey: [...userKeys.invitations, "open"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/user-invitations", { params: { query: { state: "open" } }, signal })),
  });

export const inviteUser = (body: Schema<"InvitationCreate">) =>
  answer(api.POST("/api/v1/user-invitations", { body }));

export const resendInvitation = (id: string) =>
  answer(
    api.POST("/api/v1/user-invitations/{invitation_id}/resend", { params: { path: { invitation_id: id } } }),
  );

export const revokeInvitation = (id: string) =>
  answer(api.DELETE("/api/v1/user-invitations/{invitation_id}", { params: { path: { invitation_id: id } } }));
