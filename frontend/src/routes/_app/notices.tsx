import { createFileRoute } from "@tanstack/react-router";
import { noticesQuery } from "@/features/notices/api";
import { NoticeList } from "@/features/notices/NoticeList";
import { oneOf, searchParams, text } from "@/lists/searchParams";

const search = searchParams({
  is_read: oneOf([true, false]),
  cursor: text(100),
});

export const Route = createFileRoute("/_app/notices")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(noticesQuery(deps)),
  component: NoticeList,
});
