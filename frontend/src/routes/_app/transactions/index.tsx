import { createFileRoute } from "@tanstack/react-router";
import { TransactionSearch } from "@/features/transactions/TransactionSearch";
import { searchParams, text } from "@/lists/searchParams";

export const Route = createFileRoute("/_app/transactions/")({
  validateSearch: searchParams({ record: text(300) }),
  component: TransactionSearch,
});
