import { createFileRoute } from "@tanstack/react-router";
import { customerQuery } from "@/features/customers/api";
import { CustomerPage } from "@/features/customers/CustomerPage";

export const Route = createFileRoute("/_app/customers/$customerId")({
  loader: ({ context, params }) => void context.queries.prefetchQuery(customerQuery(params.customerId)),
  component: CustomerPage,
});
