import { createFileRoute } from "@tanstack/react-router";
import { mailQuery } from "@/features/mail/api";
import { MailPage } from "@/features/mail/MailPage";

export const Route = createFileRoute("/_app/mail-outbox/$mailId")({
  loader: ({ context, params }) => void context.queries.prefetchQuery(mailQuery(params.mailId)),
  component: MailPage,
});
