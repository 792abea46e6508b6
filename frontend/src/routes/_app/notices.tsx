import { z } from "@openreg/ui";
import { createFileRoute } from "@tanstack/react-router";
import { noticesQuery } from "@/features/notices/api";
import { NoticeList } from "@/features/notices/NoticeList";

export const Route = createFileRoute("/_app/notices")({
  validateSearch: z.object({
    is_read: z.boolean().optional().catch(undefined),
    cursor: z.string().max(100).optional().catch(undefined),
  }),
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(noticesQuery(deps)),
  component: NoticeList,
});
