import { createFileRoute } from "@tanstack/react-router";
import { mailsQuery } from "@/features/mail/api";
import { MailList } from "@/features/mail/MailList";
import { mailStates } from "@/features/mail/MailState";
import { oneOf, searchParams, text } from "@/lists/searchParams";

const search = searchParams({
  state: oneOf(mailStates),
  cursor: text(100),
});

export const Route = createFileRoute("/_app/mail-outbox/")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(mailsQuery(deps)),
  component: MailList,
});
