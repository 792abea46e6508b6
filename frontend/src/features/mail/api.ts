/** Mails that OpenReg sends, or keeps where no mail server is configured. */
import { answer } from "@openreg/ui/api";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Schema } from "@/api/types";

export type Mail = Schema<"OutgoingMailAnswer">;
export type MailState = Schema<"MailState">;

export interface MailFilters {
  state?: MailState | undefined;
  cursor?: string | undefined;
}

export const mailsQuery = (filters: MailFilters) =>
  queryOptions({
    queryKey: ["outgoing-mails", "list", filters],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/outgoing-mails", { params: { query: filters }, signal })),
    placeholderData: keepPreviousData,
  });

export const mailQuery = (mailId: string) =>
  queryOptions({
    queryKey: ["outgoing-mails", "one", mailId],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/outgoing-mails/{mail_id}", { params: { path: { mail_id: mailId } }, signal })),
  });
