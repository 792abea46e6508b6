import { createFileRoute } from "@tanstack/react-router";
import { customersQuery } from "@/features/customers/api";
import { CustomerList } from "@/features/customers/CustomerList";
import { customerStates } from "@/features/customers/states";
import { oneOf, searchParams, text } from "@/lists/searchParams";

const search = searchParams({ name: text(200), state: oneOf(customerStates), cursor: text(200) });

export const Route = createFileRoute("/_app/customers/")({
  validateSearch: search,
  loaderDeps: (parts) => parts.search,
  loader: ({ context, deps }) => void context.queries.prefetchQuery(customersQuery(deps)),
  component: CustomerList,
});
