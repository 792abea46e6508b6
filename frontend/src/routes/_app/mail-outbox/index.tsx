import { z } from "@openreg/ui";
import { createFileRoute } from "@tanstack/react-router";
import { mailsQuery } from "@/features/mail/api";
import { MailList } from "@/features/mail/MailList";
import { mailStates } from "@/features/mail/MailState";

export const Route = createFileRoute("/_app/mail-outbox/")({
  validateSearch: z.object({
    state: z.enum(mailStates).optional().catch(undefined),
    cursor: z.string().max(100).optional().catch(undefined),
  }),
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(mailsQuery(deps)),
  component: MailList,
});
