/** The people of a company. */
import { answer } from "@openreg/ui/api";
import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type Role = Schema<"CustomerRole">;
export type Member = Schema<"MemberAnswer">;
export type Invitation = Schema<"TeamInvitation">;

export const teamQuery = () =>
  queryOptions({
    queryKey: ["team"],
    queryFn: ({ signal }) => answer(api.GET("/external_api/v1/customers/team", { signal })),
  });

export const invite = (body: { email: string; role: Role }) =>
  answer(api.POST("/external_api/v1/customers/team/invitations", { body }));

export const withdraw = (id: string) =>
  answer(
    api.DELETE("/external_api/v1/customers/team/invitations/{invitation_id}", {
      params: { path: { invitation_id: id } },
    }),
  );

export const changeRole = ({ id, role }: { id: string; role: Role }) =>
  answer(
    api.PATCH("/external_api/v1/customers/team/{user_id}", {
      params: { path: { user_id: id } },
      body: { role },
    }),
  );

export const removeMember = (id: string) =>
  answer(api.DELETE("/external_api/v1/customers/team/{user_id}", { params: { path: { user_id: id } } }));
